/**
 * Settles with what `begin` hands over first, or with `late()` when the time is over or the signal aborts; then calls what `begin` returned, which lets
 * go of everything. What `begin` throws it rejects with.
 */
export function settleOnce<T>(
  timeoutMs: number,
  signal: AbortSignal,
  begin: (settle: (value: T) => void) => () => void,
  late: () => T,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let over = false;
    let letGo = (): void => undefined;
    const settle = (value: T): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      letGo();
      resolve(value);
    };
    const abort = (): void => settle(late());
    const timer = setTimeout(abort, timeoutMs);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      letGo = begin(settle);
    } catch (error) {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      reject(error as Error);
    }
    // It may have settled before there was anything to let go of.
    if (over) letGo();
  });
}
