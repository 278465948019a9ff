import { defineProbe } from '../sdk/probe.js';
import { travel } from './journey.js';
import { metrics } from './metrics.js';
import { firstUrl } from './plan.js';
import { report } from './report.js';
import { settings } from './settings.js';

/** Name resolution of each visit and the way through the worker are allowed this long beside the phases, ms. */
const BESIDE_MS = 6_000;
/** Connecting, TLS and the answer have the timeout each; a session to be resumed is set up by the same three. */
const PHASES = 3;

/** Requests over HTTP, phase by phase. */
export default defineProbe({
  name: 'http',
  title: 'HTTP',
  description:
    'Where the time of a request goes (name, TCP, TLS, first byte, download), what the answer says, and whether the certificate holds.',
  version: '1.0.0',
  metrics,
  settings,
  deadlineMs: ({ timeoutMs, redirects, requests, resume }) =>
    (redirects + 1) * PHASES * (resume ? 2 : 1) * timeoutMs + (requests - 1) * timeoutMs + BESIDE_MS,
  supported: () => ({ available: true, method: "HTTP/1.1 and HTTP/2, the process's own clock" }),
  async run(given, { target, seed, signal }) {
    const first = firstUrl(given, target);
    const journey = await travel({ settings: given, firstHost: first.hostname, seed, signal }, first);
    return report(given, journey);
  },
});
