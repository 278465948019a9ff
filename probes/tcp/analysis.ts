import { median } from '../sdk/stats.js';
import type { HandshakeTimes } from './figures.js';
import type { Transfer } from './transfer.js';
import type { Bottleneck, Verdict } from './verdict.js';
import { goodputMbit } from './window.js';

const ms = (value: number): string => `${Number(value.toPrecision(4))} ms`;
/** The agent's own part of a handshake that is worth a word, ms and as a share. */
const OWN_PART_MS = 1;
const OWN_PART = 0.2;

function handshakeSentences(times: readonly HandshakeTimes[], tried: number): string[] {
  const said = [`${times.length} of ${tried} ${tried === 1 ? 'handshake' : 'handshakes'} succeeded.`];
  const rtts = times.map(({ tapRttMs, infoRttMs }) => tapRttMs ?? infoRttMs).filter((rtt) => rtt !== undefined);
  const rtt = median(rtts);
  if (rtt !== undefined) {
    const spread = rtts.length > 1 ? ` (${ms(Math.min(...rtts))} to ${ms(Math.max(...rtts))})` : '';
    said.push(`SYN to SYN-ACK took ${ms(rtt)}${spread}: the way there and back and the server's kernel.`);
  }
  const own = median(times.map(({ synMs = 0, ackMs = 0 }) => synMs + ackMs)) ?? 0;
  if (rtt !== undefined && own > OWN_PART_MS && own > rtt * OWN_PART)
    said.push(`The agent's own stack took ${ms(own)} of the handshake: this host is busy.`);
  const again = times.reduce((sum, { syns }) => sum + syns - 1, 0);
  if (again > 0)
    said.push(
      `${again} SYN${again === 1 ? ' was' : 's were'} sent again: packets are lost, or the server's queue of new connections overflows.`,
    );
  return said;
}

function transferSentences(transfer: Transfer, verdict: Verdict): string[] {
  const ended = transfer.broken
    ? `broken off by the peer (${transfer.broken})`
    : transfer.completed
      ? 'complete'
      : 'ended at its time limit';
  const what =
    transfer.kind === 'send'
      ? `${transfer.last.bytesAcked - transfer.before.bytesAcked} bytes were acknowledged in ${ms(transfer.durationMs)}, ${Number(goodputMbit(transfer).toPrecision(4))} Mbit/s (${ended}).`
      : `The response had ${transfer.responseBytes} bytes (${ended}).`;
  const who = {
    receiver: 'The receiver limited it',
    sender: 'The sender limited it',
    network: 'The network limited it',
    none: 'No bottleneck can be named',
  };
  return [what, `${who[verdict.bottleneck]}: ${verdict.reason}.`];
}

/** What a bottleneck that was named, or none, leaves open. */
const UNKNOWN: Readonly<Record<Bottleneck, string>> = {
  receiver: 'What the path could carry beyond that cannot be told',
  sender: 'What the path and the receiver could carry with a larger buffer cannot be told',
  network:
    'On which hop, and whether other traffic has its part in it, cannot be told from one connection: a traceroute or a bandwidth test can',
  none: 'What would hold a longer transfer back cannot be told',
};

/** What nobody can tell from these numbers. */
function unknownSentences(transfer: Transfer | undefined, { bottleneck }: Verdict, tapped: boolean): string[] {
  const said = transfer
    ? [`${UNKNOWN[bottleneck]}.`]
    : ['Windows, loss and rate cannot be told from handshakes alone: a transfer would tell.'];
  if (!tapped) said.push("Which part of the handshake is this host's own cannot be told without the packet tap.");
  return said;
}

/** What the numbers say, as one paragraph for a person: what was measured, what held it back and why, and what cannot be told. */
export function analyse(times: readonly HandshakeTimes[], tried: number, transfer: Transfer | undefined, verdict: Verdict): string {
  const tapped = times.some(({ ackMs }) => ackMs !== undefined);
  return [
    ...handshakeSentences(times, tried),
    ...(transfer ? transferSentences(transfer, verdict) : []),
    ...unknownSentences(transfer, verdict, tapped),
  ].join(' ');
}
