import type { AnsweringConfig } from '../../probes/lab/answering.js';
import { LabAuthority } from '../../probes/lab/certificate.js';
import { Lab } from '../../probes/lab/index.js';
import { linkOf } from './bench-lab.js';
import { capturedPhases, PHASES } from './http-capture.js';
import { errorFigures, printErrors, type ErrorTarget } from './table.js';

/**
 * What the specification allows each phase, 1 ms, holds for the middle one, us. All but `http.tcp`, which the kernel times, are times of the event loop or of the resolver: on a busy machine one in
 * twenty is later by its time slices, the server's and the capture's among them.
 */
const TARGET: ErrorTarget = { median: 1_000, p95: 10_000 };
const RTT_MS = 10;
const DELAY_MS = 30;
const PAUSE_MS = 20;
const BYTES = 8_000;
/** The first of a process counts too. */
const RUNS = 21;
const NAME = 'web.lab.test';
const DNS_PORT = 53;

/** How the probe asks. */
interface Way {
  readonly title: string;
  readonly scheme: 'http' | 'https';
  readonly version: '1.1' | '2';
}

const WAYS: readonly Way[] = [
  { title: 'http 1.1', scheme: 'http', version: '1.1' },
  { title: 'https 1.1', scheme: 'https', version: '1.1' },
  { title: 'https 2', scheme: 'https', version: '2' },
];

async function benchOne(lab: Lab, family: 'v4' | 'v6', { title, scheme, version }: Way): Promise<boolean> {
  const secure = scheme === 'https';
  const authority = await LabAuthority.create();
  const certificate = secure ? await authority.issue({ names: [NAME] }) : undefined;
  const config: AnsweringConfig = { kind: 'web', delayMs: DELAY_MS, pauseMs: PAUSE_MS, bytes: BYTES, certificate, http2: version === '2' };
  const { port } = await lab.start('server', 'answering', config).next<{ port: number }>();
  const settings = { version, trust: authority.pem, family: family === 'v4' ? '4' : '6' };
  const capture = await lab.capture('client');
  const results = await lab.runProbe('client', 'http', `${scheme}://${NAME}:${port}/`, settings, {
    times: RUNS,
    nameServer: lab.server[family],
  });
  const truths = capturedPhases(await capture.stop(), { serverPort: port, secure, rttMs: RTT_MS, delayMs: DELAY_MS });
  const failed = results.find(({ run }) => run.error);
  if (failed) throw new Error(`the http probe failed: ${failed.run.error?.message}`);
  let met = true;
  for (const phase of PHASES.filter((each) => secure || each !== 'http.tls')) {
    const samples = results.map(({ run }) => run.metrics[phase] ?? Number.NaN);
    const figures = errorFigures(phase, samples, truths.map((truth) => truth[phase])); // prettier-ignore
    met = printErrors(`${title}, ${family}, ${phase}`, figures, TARGET) && met;
  }
  return met;
}

/** Prints how far the phases of the http probe are from a capture of the same packets, over both families. Gives whether its target is met. */
export async function benchHttpAccuracy(): Promise<boolean> {
  console.log(`\nHTTP phases at ${RTT_MS} ms: error against a capture of the same packets, us`);
  const lab = await Lab.pair(linkOf(RTT_MS));
  try {
    const names: AnsweringConfig = { kind: 'dns', delayMs: 0, port: DNS_PORT, addresses: lab.server };
    await lab.start('server', 'answering', names).next();
    let met = true;
    for (const way of WAYS) for (const family of ['v4', 'v6'] as const) met = (await benchOne(lab, family, way)) && met;
    return met;
  } finally {
    await lab.close();
  }
}
