import { useApolloClient } from '@vue/apollo-composable';
import { computed, ref, watch, type ComputedRef, type Ref } from 'vue';
import { AgentNamesDocument, TestDefinitionDocument, UpdateTestDocument, type TestInput } from '../graphql/generated.js';
import { toProblem, type Problem } from '../lib/errors.js';
import { mergeDraft, type Clash } from '../lib/merge-draft.js';
import { draftOf, NEW_TEST, withoutSecrets, type TestDefinition, type TestDraft } from '../lib/test-form.js';
import { useProbes } from './useCatalogue.js';
import { useDraft } from './useDraft.js';

/** What a test was when it was loaded, and what was typed since; revision 0: nothing was loaded. */
type Edit = { revision: number; base: TestDraft; mine: TestDraft };

/** Somebody else changed the test meanwhile: before the newer state was loaded, and after. */
export type Conflict =
  | { readonly kind: 'found'; readonly revision: number }
  | { readonly kind: 'merged'; readonly clashes: readonly Clash[]; readonly taken: readonly string[] };

export interface UseTestEdit {
  /** What is in the form; its `base` is what was loaded. */
  readonly edit: Ref<Edit>;
  readonly ready: ComputedRef<boolean>;
  readonly problem: Ref<Problem | null>;
  readonly conflict: Ref<Conflict | null>;
  /** Loading the newer state. */
  readonly merging: Ref<boolean>;
  load(): Promise<void>;
  /** Sends it with the revision that it was made from; whether that succeeded, or else `conflict` says why. @throws ApolloError for any other reason */
  save(input: TestInput): Promise<boolean>;
  /** Takes over what somebody else changed, and keeps what was typed. */
  takeNewer(): Promise<void>;
  /** Forgets what was typed. */
  discard(): void;
}

/** Editing a test: what was typed survives leaving the page, and a change that somebody else made meanwhile. */
export function useTestEdit(id: string): UseTestEdit {
  const { client } = useApolloClient();
  const { probes, fields } = useProbes();
  const empty: Edit = { revision: 0, base: NEW_TEST, mine: NEW_TEST };
  const { draft: edit, discard } = useDraft(`test.${id}`, empty, (typed) => ({ ...typed, mine: withoutSecrets(typed.mine, fields.value) }));

  const newest = ref<TestDefinition | null>(null);
  const problem = ref<Problem | null>(null);
  const conflict = ref<Conflict | null>(null);
  const merging = ref(false);
  const ready = computed(() => edit.value.revision > 0 && newest.value !== null && probes.value.length > 0);

  async function fetchNewest(): Promise<TestDefinition | null> {
    const { data } = await client.query({ query: TestDefinitionDocument, variables: { id }, fetchPolicy: 'no-cache' });
    return data.test ?? null;
  }
  async function load(): Promise<void> {
    problem.value = null;
    try {
      newest.value = await fetchNewest();
    } catch (error) {
      problem.value = toProblem(error);
    }
  }

  /** Both are needed: the fields say how settings are shown. What was typed earlier in this tab goes on. */
  watch([newest, probes], ([test]) => {
    if (!test || probes.value.length === 0) return;
    const base = draftOf(test, fields.value);
    const untouched = JSON.stringify(edit.value.base) === JSON.stringify(edit.value.mine);
    if (edit.value.revision === 0 || untouched) edit.value = { revision: test.revision, base, mine: structuredClone(base) };
    else if (edit.value.revision !== test.revision) conflict.value = { kind: 'found', revision: test.revision };
  });

  async function save(input: TestInput): Promise<boolean> {
    try {
      await client.mutate({ mutation: UpdateTestDocument, variables: { id, input, revision: edit.value.revision } });
    } catch (error) {
      if (toProblem(error).code !== 'CONFLICT') throw error;
      conflict.value = { kind: 'found', revision: (await fetchNewest())?.revision ?? edit.value.revision };
      return false;
    }
    discard();
    return true;
  }

  async function takeNewer(): Promise<void> {
    merging.value = true;
    try {
      const [test, names] = await Promise.all([fetchNewest(), client.query({ query: AgentNamesDocument })]);
      const nameOf = (agentId: string): string => names.data.agents.nodes.find((each) => each.id === agentId)?.name ?? agentId;
      if (test) {
        const theirs = draftOf(test, fields.value);
        const { draft, clashes, taken } = mergeDraft(edit.value.base, edit.value.mine, theirs, nameOf);
        edit.value = { revision: test.revision, base: theirs, mine: draft };
        conflict.value = { kind: 'merged', clashes, taken };
        newest.value = test;
      }
    } catch (error) {
      problem.value = toProblem(error);
    }
    merging.value = false;
  }

  return { edit, ready, problem, conflict, merging, load, save, takeNewer, discard };
}
