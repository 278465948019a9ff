import { TCP, UDP } from '../../probes/lab/capture/packet.js';
import type { CapturedPacket } from '../../probes/lab/index.js';
import { ACK, SYN } from '../../probes/tcp/segment.js';

/** Phases that a capture shows. */
export const PHASES = ['http.dns', 'http.tcp', 'http.tls', 'http.ttfb', 'http.download', 'http.total'] as const;
export type Phase = (typeof PHASES)[number];

/** What tells the packets of a run apart. */
export interface Setting {
  readonly serverPort: number;
  readonly secure: boolean;
  /** Round trip of the way, ms: what this host sends within one after the handshake, it sends unasked. */
  readonly rttMs: number;
  /** The server's delay before it answers, ms: a session ticket of TLS, or a setting of HTTP/2, comes before. */
  readonly delayMs: number;
}

const DNS_PORT = 53;
/** Longest headers of TCP over IPv6: what is longer carries data. */
const HEADERS_BYTES = 100;

const carriesData = ({ length }: CapturedPacket): boolean => length > HEADERS_BYTES;
const atOf = (packet: CapturedPacket | undefined): number => packet?.at ?? Number.NaN;

/** The packets of each run: its question for the name, and its connection. Runs follow one another. */
function runsOf(packets: readonly CapturedPacket[], serverPort: number): CapturedPacket[][] {
  const runs: CapturedPacket[][] = [];
  for (const packet of packets) {
    const { protocol, direction, sourcePort, destinationPort } = packet;
    if (protocol === UDP && direction === 'out' && destinationPort === DNS_PORT) runs.push([]);
    const asksName = protocol === UDP && (sourcePort === DNS_PORT || destinationPort === DNS_PORT);
    const asksServer = protocol === TCP && (sourcePort === serverPort || destinationPort === serverPort);
    if (asksName || asksServer) runs.at(-1)?.push(packet);
  }
  return runs;
}

function phasesOf(packets: readonly CapturedPacket[], { secure, rttMs, delayMs }: Setting): Record<Phase, number> {
  const [question, ...rest] = packets;
  const named = rest.find(({ protocol }) => protocol === UDP);
  const syn = rest.find(({ tcpFlags }) => tcpFlags === SYN);
  const port = syn?.sourcePort;
  // The end of the connection before may still be under way.
  const connection = rest.filter(
    ({ at, sourcePort, destinationPort }) => at >= atOf(syn) && (sourcePort === port || destinationPort === port),
  );
  const connected = connection.find(({ direction, tcpFlags = 0 }) => direction === 'out' && (tcpFlags & (SYN | ACK)) === ACK);
  const sent = connection.filter((packet) => packet.direction === 'out' && carriesData(packet));
  const came = connection.filter((packet) => packet.direction === 'in' && carriesData(packet));
  // With TLS: hello, "finished", request. With HTTP/2 an acknowledgement of the server's settings follows a round trip later.
  const finishedAt = atOf(secure ? sent[1] : sent[0]);
  const requestAt = atOf(sent.findLast(({ at }) => at - finishedAt < rttMs * 0.9));
  const answer = came.filter(({ at }) => at - requestAt > delayMs);
  const firstAt = atOf(answer[0]);
  const lastAt = atOf(answer.at(-1));
  return {
    'http.dns': atOf(named) - atOf(question),
    'http.tcp': atOf(connected) - atOf(syn),
    // Up to the server's last word: "finished" leaves once the certificate was looked at.
    'http.tls': secure ? atOf(came.findLast(({ at }) => at < finishedAt)) - atOf(connected) : Number.NaN,
    'http.ttfb': firstAt - requestAt,
    'http.download': lastAt - firstAt,
    'http.total': lastAt - atOf(question),
  };
}

/** Phases of each run by its packets, ms. */
export function capturedPhases(packets: readonly CapturedPacket[], setting: Setting): Record<Phase, number>[] {
  return runsOf(packets, setting.serverPort).map((run) => phasesOf(run, setting));
}
