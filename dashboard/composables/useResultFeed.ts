import { useApolloClient } from '@vue/apollo-composable';
import { onScopeDispose, watch, type Ref } from 'vue';
import { ResultAddedDocument, type LiveResultFragment } from '../graphql/generated.js';

export interface ResultFeed {
  /** Calls `listener` with each result as it comes, until the caller's scope ends. */
  onResult(listener: (result: LiveResultFragment) => void): void;
}

/** Every result of a test from now on, by one subscription, however many listen. */
export function useResultFeed(testId: Ref<string>): ResultFeed {
  const { client } = useApolloClient();
  const listeners = new Set<(result: LiveResultFragment) => void>();
  watch(
    testId,
    (id, _before, onCleanup) => {
      const subscription = client.subscribe({ query: ResultAddedDocument, variables: { testId: id }, fetchPolicy: 'no-cache' }).subscribe({
        next: ({ data }) => {
          if (data) for (const listener of listeners) listener(data.resultAdded);
        },
        error: (error: unknown) => console.error('the subscription to results ended', error),
      });
      onCleanup(() => subscription.unsubscribe());
    },
    { immediate: true },
  );
  return {
    onResult(listener) {
      listeners.add(listener);
      onScopeDispose(() => listeners.delete(listener));
    },
  };
}
