import { useApolloClient } from '@vue/apollo-composable';
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue';
import { LatestResultsDocument, type LiveResultFragment } from '../graphql/generated.js';
import { toProblem, type Problem } from '../lib/errors.js';
import { pairKey } from '../lib/series.js';
import { useConnection } from './useConnection.js';
import type { ResultFeed } from './useResultFeed.js';

/** How many results are kept, for the list of recent ones. */
const RECENT = 100;

const startOf = (result: LiveResultFragment): number => Date.parse(result.startedAt);

/** The test's newest results, newest first, and of each agent and target the newest: what was there at first, then what comes. */
export function useLatestResults(
  testId: Ref<string>,
  feed: ResultFeed,
): {
  recent: Ref<readonly LiveResultFragment[]>;
  latest: ComputedRef<ReadonlyMap<string, LiveResultFragment>>;
  loading: Ref<boolean>;
  problem: Ref<Problem | null>;
} {
  const { client } = useApolloClient();
  const recent = shallowRef<readonly LiveResultFragment[]>([]);
  const loading = ref(true);
  const problem = ref<Problem | null>(null);

  function add(results: readonly LiveResultFragment[]): void {
    const byId = new Map([...recent.value, ...results].map((result) => [result.id, result]));
    recent.value = [...byId.values()].sort((a, b) => startOf(b) - startOf(a)).slice(0, RECENT);
  }

  async function load(id: string): Promise<void> {
    try {
      const { data } = await client.query({ query: LatestResultsDocument, variables: { id, first: RECENT }, fetchPolicy: 'no-cache' });
      if (id === testId.value) add(data.test?.results.nodes ?? []);
      problem.value = null;
    } catch (error) {
      problem.value = toProblem(error);
    }
    loading.value = false;
  }

  const { opened } = useConnection();
  watch([testId, opened], ([id], [before]) => {
    if (id !== before) recent.value = [];
    void load(id);
  });
  void load(testId.value);
  feed.onResult((result) => add([result]));

  const latest = computed(() => {
    const pairs = new Map<string, LiveResultFragment>();
    for (const result of recent.value) {
      const key = pairKey(result.agent.id, result.target.id);
      if (!pairs.has(key)) pairs.set(key, result);
    }
    return pairs;
  });
  return { recent, latest, loading, problem };
}
