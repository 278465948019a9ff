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
  return [...said, ...againSentences(times)];
}

/** Which SYN was answered tells where the others were lost: the server gives its time stamp back (RFC 7323). */
function againSentences(times: readonly HandshakeTimes[]): string[] {
  const countOf = (which: HandshakeTimes['answered']): number =>
    times.reduce((sum, { syns, answered }) => sum + (answered === which ? syns - 1 : 0), 0);
  const were = (count: number): string => `${count} SYN${count === 1 ? ' was' : 's were'}`;
  const [lost, late, unknown] = [countOf('last'), countOf('earlier'), countOf(undefined)];
  return [
    ...(lost > 0
      ? [
          `${were(lost)} lost on the way to the server, or dropped there since its queue of new connections was full: the one after was answered.`,
        ]
      : []),
    ...(late > 0
      ? [
          `${were(late)} sent again though one before had arrived: its answer took longer than this host waits, or was lost on the way back.`,
        ]
      : []),
    ...(unknown > 0
      ? [
          `${were(unknown)} sent again: packets are lost, or the server's queue of new connections overflows; without time stamps nobody knows which was answered.`,
        ]
      : []),
  ];
}

function transferSentences({ transfer, verdict, serverMs }: Analysed & { readonly transfer: Transfer }): string[] {
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
  const server =
    serverMs === undefined
      ? []
      : [
          `From the last byte of the request to the first of the answer the server took ${ms(serverMs)}, the way there and back left out; behind a proxy or CDN that is the edge's time, with what it waited for.`,
        ];
  return [what, ...server, `${who[verdict.bottleneck]}: ${verdict.reason}.`];
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
function unknownSentences(transfer: Transfer | undefined, { bottleneck, missed }: Verdict, tapped: boolean): string[] {
  const said = transfer
    ? [`${UNKNOWN[bottleneck]}.`]
    : missed
      ? ['The transfer that was asked for did not take place, since its own handshake failed: windows, loss and rate are not known.']
      : ['Windows, loss and rate cannot be told from handshakes alone: a transfer would tell.'];
  if (!tapped) said.push("Which part of the handshake is this host's own cannot be told without the packet tap.");
  return said;
}

/** What a paragraph is made from. */
export interface Analysed {
  readonly times: readonly HandshakeTimes[];
  /** Handshakes that were tried. */
  readonly tried: number;
  readonly transfer: Transfer | undefined;
  readonly verdict: Verdict;
  /** The server's own time for the answer to a request, ms; undefined where none was measured. */
  readonly serverMs: number | undefined;
}

/** What the numbers say, as one paragraph for a person: what was measured, what held it back and why, and what cannot be told. */
export function analyse(found: Analysed): string {
  const { times, tried, transfer, verdict } = found;
  const tapped = times.some(({ ackMs }) => ackMs !== undefined);
  return [
    ...handshakeSentences(times, tried),
    ...(transfer ? transferSentences({ ...found, transfer }) : []),
    ...unknownSentences(transfer, verdict, tapped),
  ].join(' ');
}
