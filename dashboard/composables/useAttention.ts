/** A person who reads touches nothing for a while. */
const ATTENDED_MS = 5 * 60_000;
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

let lastSign = Date.now();

/** Watches from now on for signs that somebody is there; opening the page was one. */
export function watchAttention(target: Pick<EventTarget, 'addEventListener'>): void {
  lastSign = Date.now();
  for (const sign of SIGNS) target.addEventListener(sign, () => (lastSign = Date.now()), { capture: true, passive: true });
}

/** Whether somebody has touched the page in the last five minutes. */
export function isAttended(): boolean {
  return Date.now() - lastSign < ATTENDED_MS;
}
