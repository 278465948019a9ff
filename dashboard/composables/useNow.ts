import { onScopeDispose, readonly, ref, type Ref } from 'vue';

/** The time in milliseconds, renewed every `everyMs` while the component lives and the page is in sight. */
export function useNow(everyMs = 1000): Readonly<Ref<number>> {
  const now = ref(Date.now());
  const tick = (): void => {
    if (!document.hidden) now.value = Date.now();
  };
  const timer = setInterval(tick, everyMs);
  document.addEventListener('visibilitychange', tick);
  onScopeDispose(() => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', tick);
  });
  return readonly(now);
}
