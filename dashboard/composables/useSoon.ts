import { onScopeDispose } from 'vue';

/** Runs `work` once after the wait in milliseconds; while it waits, further calls change nothing. Nothing runs after the caller's scope has ended. */
export function useSoon(work: () => void): (waitMs: number) => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const run = (): void => {
    timer = null;
    work();
  };
  onScopeDispose(() => {
    if (timer !== null) clearTimeout(timer);
  });
  return (waitMs) => {
    timer ??= setTimeout(run, waitMs);
  };
}
