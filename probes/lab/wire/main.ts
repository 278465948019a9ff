import { readSync, writeSync } from 'node:fs';
import { libc } from '../../kernel/libc.js';
import { Direction } from './direction.js';
import { moveUntilTold } from './loop.js';
import type { LinkCounters, LinkImpairments, WireCommand, WireConfig } from './settings.js';
import { openTun } from './tun.js';

/*
 * The process that is a wire between two namespaces. Its one thread moves packets and nothing else: commands come as JSON lines on its standard input,
 * which it polls beside the devices, and each is answered by one line. It ends when its input ends, so it never outlives the lab.
 */

const PR_SET_TIMERSLACK = 29;
const SCHED_FIFO = 1;
const PRIORITY = 10;
const STDIN = 0;
const STDOUT = 1;

/** Asks for prompt waking; a wire that may not have it is less punctual, which its counters show. */
function askForPunctuality(): void {
  libc().prctl(PR_SET_TIMERSLACK, 1);
  const parameters = Buffer.alloc(4);
  parameters.writeInt32LE(PRIORITY);
  libc().sched_setscheduler(0, SCHED_FIFO, parameters);
}

function answer(value: object): void {
  writeSync(STDOUT, `${JSON.stringify(value)}\n`);
}

function main(config: WireConfig): void {
  const forward = new Direction(config.mtu);
  const backward = new Direction(config.mtu);
  const set = (impairments: LinkImpairments): void => {
    if (impairments.forward) forward.set(impairments.forward);
    if (impairments.backward) backward.set(impairments.backward);
  };
  set(config.impairments);
  const [first, second] = [openTun(config.ends[0]), openTun(config.ends[1])];
  askForPunctuality();
  const counters = (): LinkCounters => ({ forward: forward.counters.snapshot(), backward: backward.counters.snapshot() });
  answer({ ready: true });
  const obey = commandReader((command) => {
    if ('set' in command) set(command.set);
    answer(counters());
  });
  moveUntilTold([{ fd: first, direction: forward, out: second }, { fd: second, direction: backward, out: first }], STDIN, obey); // prettier-ignore
}

/** Takes what stands on standard input and obeys each whole line; false at its end. */
function commandReader(obey: (command: WireCommand) => void): () => boolean {
  const chunk = Buffer.alloc(65_536);
  let text = '';
  return () => {
    const length = readSync(STDIN, chunk);
    if (length === 0) return false;
    text += chunk.toString('utf8', 0, length);
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) obey(JSON.parse(line) as WireCommand);
    return true;
  };
}

main(JSON.parse(process.argv[2] ?? '') as WireConfig);
