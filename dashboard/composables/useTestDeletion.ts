import { useSubscription } from '@vue/apollo-composable';
import { ref, watch, type Ref } from 'vue';
import { TestsDeletedDocument } from '../graphql/generated.js';

/** Whether this test was deleted, by anybody, while the page stood open. */
export function useTestDeletion(id: Ref<string>): Ref<boolean> {
  const deleted = ref(false);
  watch(id, () => (deleted.value = false));
  useSubscription(TestsDeletedDocument).onResult(({ data }) => {
    if (data?.testsDeleted.includes(id.value)) deleted.value = true;
  });
  return deleted;
}
