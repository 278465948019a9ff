import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Runs one of the bench's programs in a process of its own: what it is to do goes there as a message, and what it found comes back as one. */
export async function inChild<Found>(program: 'load' | 'reader', order: object): Promise<Found> {
  const child = fork(fileURLToPath(new URL(`./${program}.js`, import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`${program} ended with ${String(code)} before it had answered`)),
  );
  child.send(order);
  const [found] = (await Promise.race([once(child, 'message'), ended])) as [Found];
  return found;
}

/** The other side: does what the parent says, and answers. */
export function answerParent<Order>(work: (order: Order) => Promise<object>): void {
  process.once('message', (order: Order) => {
    work(order).then(
      (found) => process.send?.(found, () => process.disconnect()),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
