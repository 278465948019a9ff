import { handshakes, Lab } from '../../probes/lab/index.js';
import { median } from '../../probes/sdk/stats.js';
import { isInstalled, linkOf } from './bench-lab.js';
import { errorFigures, printErrors, type ErrorTarget } from './table.js';

/** What the specification allows the two ways of measuring a handshake, us. */
const TAP: ErrorTarget = { median: 30, p95: 100 };
const TCP_INFO: ErrorTarget = { median: 50, p95: 100 };
const RTTS_MS = [0, 1, 10, 50];
/** No more than one run makes, and a distribution keeps. */
const COUNT = 20;
const RUNS = 5;
const INTERVAL_MS = 10;

type Measure = (lab: Lab, port: number) => Promise<readonly number[]>;

const byProbe =
  (method: 'auto' | 'tcp-info', blockLoop: boolean): Measure =>
  async (lab, port) => {
    const settings = { port, method, count: COUNT, intervalMs: INTERVAL_MS };
    const results = await lab.runProbe('client', 'tcp', lab.server.v4, settings, { times: RUNS, blockLoop });
    return results.flatMap(({ run }) => {
      if (run.error) throw new Error(`the tcp probe failed: ${run.error.message}`);
      return run.distributions['tcp.rtt'] ?? [];
    });
  };

/** curl(1) has no way to connect and no more: it asks for a page, and what it gets instead does not matter. */
const byCurl: Measure = async (lab, port) => {
  const once = `curl -s --noproxy '*' -o /dev/null -m 5 -w '%{time_connect}\\n' http://${lab.server.v4}:${port}/`;
  const { stdout } = await lab.run('client', 'sh', ['-c', `for i in $(seq ${COUNT * RUNS}); do ${once}; done`]);
  return stdout
    .trim()
    .split('\n')
    .map((seconds) => Number(seconds) * 1000);
};

const METHODS: readonly { readonly name: string; readonly measure: Measure; readonly target?: ErrorTarget; readonly program?: string }[] = [
  { name: 'tcp probe, tap', measure: byProbe('auto', false), target: TAP },
  { name: 'tcp probe, tap, event loop blocked', measure: byProbe('auto', true), target: TAP },
  { name: 'tcp probe, TCP_INFO', measure: byProbe('tcp-info', false), target: TCP_INFO },
  { name: 'tcp probe, TCP_INFO, event loop blocked', measure: byProbe('tcp-info', true), target: TCP_INFO },
  { name: 'curl -w %{time_connect}', program: 'curl', measure: byCurl },
];

async function benchDelay(rttMs: number): Promise<boolean> {
  const lab = await Lab.pair(linkOf(rttMs));
  try {
    const port = await lab.serveTcp('server', { kind: 'answer', delayMs: 0, bytes: 1 });
    let met = true;
    for (const { name, measure, target, program } of METHODS) {
      if (program !== undefined && !(await isInstalled(lab, program))) {
        console.log(`  ${name}: ${program} is not installed`);
        continue;
      }
      const capture = await lab.capture('client');
      const samples = await measure(lab, port);
      const truths = handshakes(await capture.stop()).flatMap(({ synAckMs }) => synAckMs ?? []);
      met = printErrors(`${name} (true ${median(truths)?.toFixed(3)} ms)`, errorFigures(name, samples, truths), target) && met;
    }
    return met;
  } finally {
    await lab.close();
  }
}

/** Prints how far the tcp probe's handshakes are from a capture of the same segments, beside curl(1). Gives whether its targets are met. */
export async function benchTcpAccuracy(): Promise<boolean> {
  let met = true;
  for (const rttMs of RTTS_MS) {
    console.log(`\nTCP handshake at ${rttMs === 0 ? 'no delay' : `${rttMs} ms`}: error against a capture of the same segments, us`);
    met = (await benchDelay(rttMs)) && met;
  }
  return met;
}
