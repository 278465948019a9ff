import { useApolloClient } from '@vue/apollo-composable';
import { ref, type Ref } from 'vue';
import { CreateTokenDocument, type ApiTokenInput } from '../graphql/generated.js';
import { toProblem, type Problem } from '../lib/errors.js';

/** Issues a token. Its secret is held here as long as the dialog is open, and nowhere else: not in the cache. */
export function useIssueToken(): {
  secret: Ref<string | null>;
  problem: Ref<Problem | null>;
  busy: Ref<boolean>;
  issue: (input: ApiTokenInput) => Promise<void>;
  forget: () => void;
} {
  const { client } = useApolloClient();
  const secret = ref<string | null>(null);
  const problem = ref<Problem | null>(null);
  const busy = ref(false);

  async function issue(input: ApiTokenInput): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      const { data } = await client.mutate({ mutation: CreateTokenDocument, variables: { input }, fetchPolicy: 'no-cache' });
      secret.value = data?.createApiToken.secret ?? null;
    } catch (error) {
      problem.value = toProblem(error);
    }
    busy.value = false;
  }
  const forget = (): void => {
    secret.value = null;
    problem.value = null;
  };
  return { secret, problem, busy, issue, forget };
}
