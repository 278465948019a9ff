import { useApolloClient, useQuery, useSubscription } from '@vue/apollo-composable';
import { computed, ref, watch, type ComputedRef, type Ref } from 'vue';
import {
  DeleteTestsDocument,
  PauseTestDocument,
  StartTestDocument,
  StopTestDocument,
  TestChangedDocument,
  TestDetailDocument,
  type TestDetailQuery,
} from '../graphql/generated.js';
import { toProblem, type Problem } from '../lib/errors.js';
import { knowAgents } from './useAgentColours.js';
import { useConnection } from './useConnection.js';
import { useTestDeletion } from './useTestDeletion.js';

export type TestDetail = NonNullable<TestDetailQuery['test']>;
export type TestAction = 'start' | 'pause' | 'stop';

const ACTIONS = { start: StartTestDocument, pause: PauseTestDocument, stop: StopTestDocument } as const;

export interface UseTest {
  readonly test: ComputedRef<TestDetail | null>;
  /** Asked and answered: without a test there is none. */
  readonly loaded: ComputedRef<boolean>;
  readonly problem: ComputedRef<Problem | null>;
  /** It was there, and somebody else has deleted it. */
  readonly deleted: ComputedRef<boolean>;
  readonly actionProblem: Ref<Problem | null>;
  readonly busy: Ref<boolean>;
  act(action: TestAction): Promise<void>;
  /** Asks for it again: not all that it says is told when it changes. */
  refresh(): void;
  /** Deletes the test; whether that succeeded. */
  remove(): Promise<boolean>;
}

/** A test, kept up to date, and what can be done with it. */
export function useTest(id: Ref<string>): UseTest {
  const { client } = useApolloClient();
  const { result, loading, error, refetch } = useQuery(TestDetailDocument, () => ({ id: id.value }));
  useSubscription(TestChangedDocument, () => ({ id: id.value }));
  const told = useTestDeletion(id);
  const removing = ref(false);
  const test = computed(() => result.value?.test ?? null);
  const problem = computed(() => (error.value ? toProblem(error.value) : null));
  // While the connection was lost, nothing was told.
  const seen = ref<string | null>(null);
  const missed = computed(() => seen.value === id.value && problem.value?.code === 'NOT_FOUND');
  const refresh = (): void => void refetch();
  watch(useConnection().opened, refresh);
  watch(test, (found) => {
    knowAgents(found?.assignments.nodes.map(({ agent }) => agent.id) ?? []);
    if (found) seen.value = found.id;
  });

  const busy = ref(false);
  const actionProblem = ref<Problem | null>(null);
  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    busy.value = true;
    actionProblem.value = null;
    try {
      await work();
    } catch (failure) {
      actionProblem.value = toProblem(failure);
    }
    busy.value = false;
    return actionProblem.value === null;
  }

  return {
    test,
    loaded: computed(() => result.value !== undefined || (!loading.value && error.value !== null)),
    problem,
    deleted: computed(() => !removing.value && (told.value || missed.value)),
    actionProblem,
    busy,
    act: async (action) => void (await attempt(() => client.mutate({ mutation: ACTIONS[action], variables: { id: id.value } }))),
    refresh,
    async remove() {
      removing.value = true;
      removing.value = await attempt(() => client.mutate({ mutation: DeleteTestsDocument, variables: { ids: [id.value] } }));
      return removing.value;
    },
  };
}
