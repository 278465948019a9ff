// @ts-check
import { once } from 'node:events';
import { connect } from 'node:net';
import { defineMetrics, defineProbe, ProbeFailure, z } from 'streamswarm/sdk';

const METHOD = 'Node socket, timed in the process';

const metrics = defineMetrics({
  'banner.connect': { unit: 'ms', kind: 'LEVEL', title: 'Connection', description: 'From SYN to the connection; absent where there was none.', lowerIsBetter: true },
  'banner.wait': { unit: 'ms', kind: 'LEVEL', title: 'Wait for the banner', description: 'From the connection to the first byte; absent where none came.', lowerIsBetter: true },
  'banner.length': { unit: 'B', kind: 'LEVEL', title: 'Length of the banner', description: 'Bytes of the first line, its end included; absent where none came.' },
}); // prettier-ignore

const settings = z.object({
  expect: z.string().max(200).optional().describe('Text that the banner must hold, as in "SSH-2.0".'),
  waitMs: z.int().min(10).max(60_000).default(3_000).describe('How long to wait for the connection and the banner together, ms.'),
});

/** What went wrong, in the words of the SDK. */
function failureOf(error, signal, waitMs) {
  if (signal.aborted) return new ProbeFailure('CANCELLED', 'the run was ended before the banner came');
  if (error.name === 'AbortError') return new ProbeFailure('TIMEOUT', `no banner came in ${waitMs} ms`);
  if (error.code === 'ECONNREFUSED') return new ProbeFailure('REFUSED', 'nothing listens on that port');
  if (error.code === 'ENOTFOUND') return new ProbeFailure('DNS_FAILURE', 'the name has no address');
  if (error.code === 'EHOSTUNREACH' || error.code === 'ENETUNREACH')
    return new ProbeFailure('UNREACHABLE', 'there is no way to the target');
  return new ProbeFailure('PROTOCOL', `the connection broke: ${error.message}`);
}

export default defineProbe({
  name: 'banner',
  title: 'Banner',
  description: 'Connects to a server that speaks first, and waits for its first line.',
  version: '1.0.0',
  metrics,
  settings,
  deadlineMs: ({ waitMs }) => waitMs + 500,
  supported: () => ({ available: true, method: METHOD }),
  async run({ expect, waitMs }, { target, signal }) {
    const measured = {};
    const limit = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
    const begin = performance.now();
    const socket = connect({ host: target.host, port: target.port ?? 22 });
    try {
      await once(socket, 'connect', { signal: limit });
      const connected = performance.now();
      measured['banner.connect'] = connected - begin;
      const [bytes] = await once(socket, 'data', { signal: limit });
      measured['banner.wait'] = performance.now() - connected;
      const line = bytes.subarray(0, bytes.indexOf('\n') + 1 || bytes.length);
      measured['banner.length'] = line.length;
      const banner = line.toString('latin1').trimEnd().slice(0, 500);
      const wrong = expect !== undefined && !banner.includes(expect);
      const failure = wrong ? new ProbeFailure('ASSERTION_FAILED', `the banner does not hold "${expect}"`) : undefined;
      return { method: METHOD, metrics: measured, details: { banner }, failure };
    } catch (error) {
      // What was measured until then stays; the SDK gives the failure as the reason of what was not.
      return { method: METHOD, metrics: measured, failure: failureOf(error, signal, waitMs) };
    } finally {
      socket.destroy();
    }
  },
});
