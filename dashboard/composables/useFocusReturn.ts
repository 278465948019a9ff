import { nextTick, onScopeDispose, watch } from 'vue';

/** When a dialog closes, what had the focus before has it again: whoever works by keys goes on where they were. */
export function useFocusReturn(isOpen: () => boolean): void {
  let before: HTMLElement | null = null;
  const giveBack = (): void => {
    const element = before;
    before = null;
    void nextTick(() => {
      if (element?.isConnected) element.focus({ preventScroll: true });
    });
  };
  watch(
    isOpen,
    (open) => {
      if (!open) giveBack();
      else if (document.activeElement instanceof HTMLElement) before = document.activeElement;
    },
    { immediate: true },
  );
  onScopeDispose(giveBack);
}
