import { useQuery, useSubscription } from '@vue/apollo-composable';
import { computed, watch, type ComputedRef, type Ref } from 'vue';
import { PathChangedDocument, TestPathsDocument } from '../graphql/generated.js';
import { toProblem, type Problem } from '../lib/errors.js';
import { routesOf, type PathChangeView, type Route } from '../lib/paths.js';
import { useConnection } from './useConnection.js';
import type { ResultFeed } from './useResultFeed.js';
import { useSoon } from './useSoon.js';

/** Traces come with each cycle: the ways, with when they were seen last, are read again so long after one at the soonest, ms. */
const AFTER_RESULT_MS = 10_000;
/** A change is shown at once. */
const AFTER_CHANGE_MS = 100;

/** The ways that a test saw, and what changed, kept up to date; of one agent and target where a pair is chosen. */
export function usePaths(
  testId: Ref<string>,
  pair: Ref<string | null>,
  feed: ResultFeed,
): {
  routes: ComputedRef<readonly Route[]>;
  changes: ComputedRef<readonly PathChangeView[]>;
  loaded: ComputedRef<boolean>;
  problem: ComputedRef<Problem | null>;
} {
  const variables = computed(() => {
    const [agentId = null, targetId = null] = pair.value?.split('>') ?? [];
    return { testId: testId.value, agentId, targetId };
  });
  const { result, error, refetch } = useQuery(TestPathsDocument, variables, { fetchPolicy: 'cache-and-network' });
  const again = useSoon(() => void refetch());
  const { onResult } = useSubscription(PathChangedDocument, () => ({ testId: testId.value }));
  onResult(() => again(AFTER_CHANGE_MS));
  feed.onResult(() => again(AFTER_RESULT_MS));
  watch(useConnection().opened, () => again(AFTER_CHANGE_MS));
  return {
    routes: computed(() => routesOf(result.value?.paths.nodes ?? [])),
    changes: computed(() => result.value?.pathChanges.nodes ?? []),
    loaded: computed(() => result.value !== undefined),
    problem: computed(() => (error.value ? toProblem(error.value) : null)),
  };
}
