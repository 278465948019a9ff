import { flowIdentity } from '../kernel/flow.js';
import { ProbeFailure } from '../sdk/error.js';
import type { FlowIdentity } from '../sdk/flow.js';
import { Numbers } from '../sdk/numbers.js';
import type { Json, Measurement } from '../sdk/probe.js';
import { unmet } from './assertions.js';
import { decodeBody, type Decoded } from './body.js';
import { deliveryScore } from './cdn.js';
import { examine, type Certificate } from './certificate.js';
import type { Answer } from './exchange.js';
import { cacheHit, deliveryNetwork, serverTimings } from './headers.js';
import type { Journey } from './journey.js';
import { metrics } from './metrics.js';
import type { HttpSettings } from './settings.js';
import { portOf, type Visit } from './visit.js';

export type HttpMetricId = keyof typeof metrics;

/** The process's own clock around Node's events, ms (`npm run bench:probes`). */
const PHASE_ERROR_MS = 1;

/** Turns a journey into a measurement: the figures are those of its last visit, on a connection of its own. */
export async function report(settings: HttpSettings, journey: Journey): Promise<Measurement<HttpMetricId>> {
  const last = journey.visits.at(-1) ?? journey.visits[0];
  const decoded = last.answer && (await decodeBody(last.answer));
  const failure = failureOf(settings, journey, last, decoded);
  const numbers = new Numbers<HttpMetricId>(metrics);
  const why = last.failure?.message ?? 'no answer came';
  phaseNumbers(numbers, last, why);
  totalNumbers(numbers, journey, last, why);
  const certificate = last.shown && examine(last.shown);
  tlsNumbers(numbers, last, certificate, why);
  if (last.answer) answerNumbers(numbers, last, last.answer, decoded, answersOf(last, journey));
  reuseNumbers(numbers, settings, journey);
  numbers.rest(why);
  return {
    method: `${last.version === '2' ? 'HTTP/2' : 'HTTP/1.1'} on a new connection, the process's own clock`,
    ...numbers.all,
    flow: flowOf(last),
    details: detailsOf(journey, last, decoded, certificate),
    failure,
  };
}

/** A name that could not be looked up makes no flow. */
function flowOf({ resolved, connected, url }: Visit): FlowIdentity | undefined {
  return resolved && flowIdentity(resolved, { protocol: 'tcp', destinationPort: portOf(url), ...connected?.flow });
}

function failureOf(settings: HttpSettings, { stranded }: Journey, last: Visit, decoded: Decoded | undefined): ProbeFailure | undefined {
  const failure = last.failure ?? stranded;
  if (failure) return failure;
  return last.answer && decoded ? unmet(last.answer, decoded, settings) : undefined;
}

const answersOf = (last: Visit, { repeated }: Journey): Answer[] =>
  [last.answer, ...repeated].flatMap((each) => (!each || each instanceof ProbeFailure ? [] : [each]));

function phaseNumbers(numbers: Numbers<HttpMetricId>, { resolved, addresses, dnsMs, connected, url, answer }: Visit, why: string): void {
  numbers.set('http.dns', dnsMs, resolved || addresses ? 'the host is an address: nothing was resolved' : why, PHASE_ERROR_MS);
  numbers.set('http.tcp', connected?.setUp.connectMs, why, PHASE_ERROR_MS);
  numbers.set('http.tls', connected?.setUp.tlsMs, url.protocol === 'http:' ? 'plain HTTP has no TLS' : why, PHASE_ERROR_MS);
  numbers.set('http.ttfb', answer && answer.firstByteAt - answer.sentAt, why, PHASE_ERROR_MS);
  numbers.set('http.family', connected && resolved?.family, why);
}

function totalNumbers(numbers: Numbers<HttpMetricId>, { totalMs }: Journey, { answer }: Visit, why: string): void {
  numbers.set('http.download', answer?.endAt === undefined ? undefined : answer.endAt - answer.firstByteAt, why, PHASE_ERROR_MS);
  numbers.set('http.total', totalMs, why, PHASE_ERROR_MS);
}

function tlsNumbers(
  numbers: Numbers<HttpMetricId>,
  { url, shown, resumed, connected }: Visit,
  certificate: Certificate | undefined,
  why: string,
): void {
  const plain = url.protocol === 'http:' ? 'plain HTTP has no certificate' : undefined;
  const none = plain ?? (connected?.setUp.tlsMs === undefined ? why : 'the server showed no certificate');
  numbers.set('tls.verify', certificate?.verifyMs, none);
  numbers.set('tls.days_left', certificate?.daysLeft, none);
  numbers.set('tls.valid', shown && shown.problem === undefined, none);
  numbers.set('http.tls.resumed', resumed, plain ?? why);
}

function answerNumbers(
  numbers: Numbers<HttpMetricId>,
  { connected }: Visit,
  answer: Answer,
  decoded: Decoded | undefined,
  answers: readonly Answer[],
): void {
  const { status, body, headers, firstByteAt, sentAt, cut } = answer;
  numbers.set('http.status', status, '');
  numbers.set('http.body', cut ? undefined : body.length, cut?.message ?? '');
  numbers.set('http.compression_ratio', decoded?.ratio, decoded?.problem ?? 'the body is empty or not compressed');
  const hits = answers.map((each) => cacheHit(each.headers)).filter((hit) => hit !== undefined);
  const cacheShare = hits.length > 0 ? hits.filter(Boolean).length / hits.length : undefined;
  numbers.set('http.cache_hit_ratio', cacheShare === undefined ? undefined : 100 * cacheShare, 'no answer says anything of a cache');
  const score =
    deliveryNetwork(headers) && deliveryScore({ cacheShare, ttfbMs: firstByteAt - sentAt, connectMs: connected?.setUp.connectMs });
  numbers.set('http.cdn.score', typeof score === 'number' ? score : undefined, 'no content delivery network was recognised');
  const database = serverTimings(headers).find(({ name }) => name.toLowerCase() === 'db')?.durationMs;
  numbers.set('http.server_timing.db', database, 'the server sends no Server-Timing for a database');
}

function reuseNumbers(numbers: Numbers<HttpMetricId>, { requests }: HttpSettings, { repeated, visits }: Journey): void {
  if (requests === 1) return numbers.set('http.connection_reuse_ratio', undefined, 'only one request was asked for');
  if (!visits.at(-1)?.answer) return;
  const served = repeated.filter((each) => !(each instanceof ProbeFailure)).length;
  numbers.set('http.connection_reuse_ratio', (100 * served) / (requests - 1), '');
}

/** Without the name and password that a redirection may bring. */
function shown(url: URL): string {
  const plain = new URL(url);
  [plain.username, plain.password] = ['', ''];
  return plain.href;
}

function detailsOf({ visits, repeated }: Journey, last: Visit, decoded: Decoded | undefined, certificate: Certificate | undefined): Json {
  const { answer } = last;
  return {
    url: shown(last.url),
    version: last.version,
    ...(last.raced && { race: last.raced.map((each) => ({ ...each })) }),
    redirects: visits.slice(0, -1).map(({ url, answer: each }) => ({ url: shown(url), status: each?.status })),
    repeated: repeated.map((each) =>
      each instanceof ProbeFailure
        ? { error: { code: each.code, message: each.message } }
        : {
            status: each.status,
            ttfbMs: each.firstByteAt - each.sentAt,
            totalMs: each.endAt === undefined ? undefined : each.endAt - each.sentAt,
          },
    ),
    decodedBytes: decoded && decoded.problem === undefined && !answer?.cut ? decoded.body.length : undefined,
    deliveryNetwork: answer && deliveryNetwork(answer.headers),
    serverTiming: answer ? serverTimings(answer.headers).map((timing) => ({ ...timing })) : [],
    certificate: certificate?.details,
  };
}
