import { appLimited, bufferSpentPercent, busyRtts, congestionEvents, goodputMbit, MIN_BUSY_RTTS, sharesOf, zeroWindows } from './window.js';
import type { Transfer } from './transfer.js';

/** What held a transfer back. `none`: too short, or too little to send, to say. */
export type Bottleneck = 'receiver' | 'sender' | 'network' | 'none';

/** The verdict with what it rests on. */
export interface Verdict {
  readonly bottleneck: Bottleneck;
  readonly reason: string;
  /** A transfer was asked for and did not take place. */
  readonly missed?: true;
  readonly goodputMbit?: number;
  readonly receiverPercent?: number;
  readonly senderPercent?: number;
  readonly networkPercent?: number;
  /** Share of the time in which the whole send buffer was under way, by our own looks. */
  readonly bufferSpentPercent?: number;
}

const MOSTLY = 50;
const round = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** A queue on the way: the RTT grew to this many times its smallest. */
const QUEUE_GROWTH = 1.5;

function networkEvidence(transfer: Transfer): string {
  const { last, before, samples } = transfer;
  const again = last.totalRetransmits - before.totalRetransmits;
  const smallest = last.minRttMs ?? before.rttMs;
  const largest = samples.reduce((most, { info }) => Math.max(most, info.rttMs), -Infinity);
  const said = [
    again > 0 ? `${again} segments were sent again` : 'no segment was sent again',
    `the window was reduced ${congestionEvents(samples)} times`,
  ];
  if (smallest > 0 && largest > smallest * QUEUE_GROWTH)
    said.push(`the RTT grew from ${round(smallest, 3)} to ${round(largest, 3)} ms, so a queue stood on the way`);
  return said.join('; ');
}

/** Judges a transfer by how long the kernel says it waited for what. `wanted`: one was asked for. */
export function judge(transfer: Transfer | undefined, wanted: boolean): Verdict {
  if (!transfer && wanted) return { bottleneck: 'none', reason: 'the connection for the transfer did not come about', missed: true };
  if (!transfer) return { bottleneck: 'none', reason: 'no transfer was asked for' };
  const shares = sharesOf(transfer);
  if (!shares) return { bottleneck: 'none', reason: 'this kernel does not say what the connection waited for' };
  const numbers = {
    goodputMbit: round(goodputMbit(transfer), 3),
    receiverPercent: round(shares.receiver),
    senderPercent: round(shares.sender),
    networkPercent: round(shares.network),
    bufferSpentPercent: round(bufferSpentPercent(transfer)),
  };
  if (shares.receiver >= MOSTLY) {
    const zero = zeroWindows(transfer.samples) ?? 0;
    const reason = `for ${round(shares.receiver)} % of the time the peer's window was full${zero > 0 ? ` (${zero} times 0)` : ''}: the application there reads too slowly, or its buffer is too small for this path`;
    return { bottleneck: 'receiver', reason, ...numbers };
  }
  if (shares.sender >= MOSTLY) {
    const reason = `for ${round(shares.sender)} % of the time the agent's whole send buffer was under way while more waited: a larger one would carry more`;
    return { bottleneck: 'sender', reason, ...numbers };
  }
  if (transfer.kind === 'request') return { bottleneck: 'none', reason: 'a request is too short to show a bottleneck', ...numbers };
  if (appLimited(transfer)) return { bottleneck: 'none', reason: 'the agent had too little to send; ask for more bytes', ...numbers };
  if (busyRtts(transfer) < MIN_BUSY_RTTS)
    return {
      bottleneck: 'none',
      reason: `the transfer was over after ${Math.floor(busyRtts(transfer))} RTTs; ask for more bytes`,
      ...numbers,
    };
  return { bottleneck: 'network', reason: networkEvidence(transfer), ...numbers };
}
