import { Lab, type CapturedPacket } from '../../probes/lab/index.js';
import type { AnsweringConfig } from '../../probes/lab/answering.js';
import { LabAuthority } from '../../probes/lab/certificate.js';
import { linkOf } from './bench-lab.js';
import { errorFigures, printErrors, type ErrorTarget } from './table.js';

/** What the specification allows a phase, 1 ms, holds for the median. These are times of the event loop: on a busy machine some are later by its time slices. */
const TARGET: ErrorTarget = { median: 1_000, p95: 10_000 };
const RTT_MS = 10;
const DELAY_MS = 30;
const PAUSE_MS = 20;
const BYTES = 8_000;
/** The first is not counted: a worker that measures has loaded its modules long before. */
const RUNS = 21;
const TCP = 6;
const SYN = 2;
const ACK = 16;
/** Longest headers of TCP over IPv6: what is longer carries data. */
const HEADERS_BYTES = 100;
const PHASES = ['http.tcp', 'http.tls', 'http.ttfb', 'http.download', 'http.total'] as const;
type Phase = (typeof PHASES)[number];

/** Phases of one connection by its packets, ms. A session ticket of TLS comes before the answer: the server's known delay tells them apart. */
function phasesOf(packets: readonly CapturedPacket[], secure: boolean): Record<Phase, number> {
  const [syn] = packets;
  const out = packets.filter(({ direction }) => direction === 'out');
  const ackAt = out.find(({ tcpFlags = 0 }) => (tcpFlags & (SYN | ACK)) === ACK)?.at ?? Number.NaN;
  const carriesData = ({ length }: CapturedPacket): boolean => length > HEADERS_BYTES;
  const sent = out.filter(carriesData);
  const requestAt = sent.at(-1)?.at ?? Number.NaN;
  const answer = packets.filter((packet) => packet.direction === 'in' && carriesData(packet) && packet.at - requestAt > DELAY_MS);
  const firstAt = answer[0]?.at ?? Number.NaN;
  const lastAt = answer.at(-1)?.at ?? Number.NaN;
  const begin = syn?.at ?? Number.NaN;
  return {
    'http.tcp': ackAt - begin,
    // Up to the server's last word: "finished" leaves with the request, once the certificate was looked at.
    'http.tls': secure
      ? (packets.findLast((packet) => packet.direction === 'in' && carriesData(packet) && packet.at < requestAt)?.at ?? Number.NaN) - ackAt
      : Number.NaN,
    'http.ttfb': firstAt - requestAt,
    'http.download': lastAt - firstAt,
    'http.total': lastAt - begin,
  };
}

/** The packets of each connection to this port, which were made one after another. */
function connections(packets: readonly CapturedPacket[], serverPort: number): CapturedPacket[][] {
  const found: CapturedPacket[][] = [];
  for (const packet of packets) {
    if (packet.protocol !== TCP || (packet.sourcePort !== serverPort && packet.destinationPort !== serverPort)) continue;
    if (packet.direction === 'out' && packet.tcpFlags === SYN) found.push([]);
    const port = found.at(-1)?.[0]?.sourcePort ?? packet.sourcePort;
    // The end of the connection before may still be under way.
    if (packet.sourcePort === port || packet.destinationPort === port) found.at(-1)?.push(packet);
  }
  return found;
}

async function benchOne(lab: Lab, family: 'v4' | 'v6', secure: boolean): Promise<boolean> {
  const address = lab.server[family];
  const authority = await LabAuthority.create();
  const certificate = secure ? await authority.issue({ names: [address] }) : undefined;
  const config: AnsweringConfig = { kind: 'web', delayMs: DELAY_MS, pauseMs: PAUSE_MS, bytes: BYTES, certificate };
  const { port } = await lab.start('server', 'answering', config).next<{ port: number }>();
  const host = family === 'v4' ? address : `[${address}]`;
  const url = `${secure ? 'https' : 'http'}://${host}:${port}/`;
  const capture = await lab.capture('client');
  const results = await lab.runProbe('client', 'http', url, { version: '1.1', trust: authority.pem }, { times: RUNS });
  const truths = connections(await capture.stop(), port).map((packets) => phasesOf(packets, secure));
  const failed = results.find(({ run }) => run.error);
  if (failed) throw new Error(`the http probe failed: ${failed.run.error?.message}`);
  let met = true;
  for (const phase of PHASES.filter((each) => secure || each !== 'http.tls')) {
    const samples = results.slice(1).map(({ run }) => run.metrics[phase] ?? Number.NaN);
    const figures = errorFigures(phase, samples, truths.slice(1).map((truth) => truth[phase])); // prettier-ignore
    met = printErrors(`${secure ? 'https' : 'http'}, ${family}, ${phase}`, figures, TARGET) && met;
  }
  return met;
}

/** Prints how far the phases of the http probe are from a capture of the same packets, over both families. Gives whether its target is met. */
export async function benchHttpAccuracy(): Promise<boolean> {
  console.log(`\nHTTP phases at ${RTT_MS} ms: error against a capture of the same packets, us`);
  const lab = await Lab.pair(linkOf(RTT_MS));
  try {
    let met = true;
    for (const secure of [false, true]) for (const family of ['v4', 'v6'] as const) met = (await benchOne(lab, family, secure)) && met;
    return met;
  } finally {
    await lab.close();
  }
}
