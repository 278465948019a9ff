import { performance } from 'node:perf_hooks';
import { libc } from './libc.js';
import { turnIsSpent } from './turn.js';

/** One that waits for its descriptor. */
interface Waiter {
  readonly fd: number;
  readonly events: number;
  readonly since: number;
  readonly until: number;
  readonly settle: (revents: number) => void;
}

const POLLFD = 8;
const MOST_AT_ONCE = 1024;
const FIRST_MS = 1;
const LONGEST_MS = 20;
/** The pause between two looks is this share of how long the youngest has waited: what takes long is looked at more seldom. */
const SHARE = 1 / 16;

let memory: { readonly buffer: Buffer; readonly address: bigint } | undefined;
const waiters = new Set<Waiter>();
let timer: NodeJS.Timeout | undefined;

/**
 * Waits until poll(2) says something of a descriptor, for all runs of this thread by one call. It may be told late (a busy event loop): numbers come from the
 * kernel's stamps, never from the moment at which this settles. Who is always ready is told in the next turn of the loop, once this one is spent.
 *
 * @returns the events that came; 0 at `until` (ms of `performance.now()`) or when the signal aborts
 */
export function whenReady(fd: number, events: number, until: number, signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const waiter: Waiter = { fd, events, since: performance.now(), until, settle };
    function settle(revents: number): void {
      waiters.delete(waiter);
      signal.removeEventListener('abort', abort);
      resolve(revents);
    }
    function abort(): void {
      settle(0);
    }
    if (signal.aborted) return resolve(0);
    signal.addEventListener('abort', abort, { once: true });
    waiters.add(waiter);
    // On the loopback, and for what waited already, it has come by now.
    if (turnIsSpent()) setImmediate(() => begin(waiter));
    else begin(waiter);
  });
}

function begin(waiter: Waiter): void {
  if (!waiters.has(waiter)) return;
  lookAt([waiter]);
  if (waiters.has(waiter)) schedule(FIRST_MS);
}

/** A pause that ends early when the signal aborts; none at all for a time that is over. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || ms <= 0) return resolve();
    const end = (): void => {
      clearTimeout(waiting);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const waiting = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}

let due = 0;

function schedule(ms: number): void {
  const at = performance.now() + ms;
  if (timer !== undefined && due <= at) return;
  clearTimeout(timer);
  due = at;
  timer = setTimeout(look, ms);
}

function look(): void {
  timer = undefined;
  const all = [...waiters];
  for (let start = 0; start < all.length; start += MOST_AT_ONCE) lookAt(all.slice(start, start + MOST_AT_ONCE));
  if (waiters.size === 0) return;
  const now = performance.now();
  let next = LONGEST_MS;
  for (const { since, until } of waiters) next = Math.min(next, Math.max(FIRST_MS, (now - since) * SHARE), Math.max(FIRST_MS, until - now));
  schedule(next);
}

function lookAt(group: readonly Waiter[]): void {
  memory ??= libc().allocate(MOST_AT_ONCE * POLLFD);
  const { buffer, address } = memory;
  group.forEach(({ fd, events }, index) => {
    buffer.writeInt32LE(fd, index * POLLFD);
    buffer.writeInt16LE(events, index * POLLFD + 4);
    buffer.writeInt16LE(0, index * POLLFD + 6);
  });
  libc().poll(address, group.length, 0);
  const now = performance.now();
  // Read all before anybody is told: who is told may wait again, and writes into this memory.
  const found = group.map((_, index) => buffer.readInt16LE(index * POLLFD + 6));
  group.forEach((waiter, index) => {
    const revents = found[index] ?? 0;
    if (revents !== 0 || now >= waiter.until) waiter.settle(revents);
  });
}
