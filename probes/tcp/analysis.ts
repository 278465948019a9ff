import { median } from '../sdk/stats.js';
import type { HandshakeTimes } from './figures.js';
import type { Transfer } from './transfer.js';
import type { Verdict } from './verdict.js';
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

/** What the numbers say, in sentences for a person. */
export function analyse(times: readonly HandshakeTimes[], tried: number, transfer: Transfer | undefined, verdict: Verdict): string[] {
  return [...handshakeSentences(times, tried), ...(transfer ? transferSentences(transfer, verdict) : [])];
}
