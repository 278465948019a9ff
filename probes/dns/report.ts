import { flowIdentity } from '../kernel/flow.js';
import { ProbeFailure } from '../sdk/error.js';
import { flowFigures } from '../sdk/flows.js';
import { Numbers } from '../sdk/numbers.js';
import type { Json, Measurement } from '../sdk/probe.js';
import { median } from '../sdk/stats.js';
import type { FullTtls } from './authority.js';
import { cacheShare } from './cache-share.js';
import type { Server } from './endpoint.js';
import type { Exchange, Outcome } from './exchange.js';
import { rcodeName, type Response } from './message.js';
import { metrics } from './metrics.js';
import type { DnsSettings } from './settings.js';

export type DnsMetricId = keyof typeof metrics;

/** What was asked and what became of it, in order. */
export interface Asked {
  readonly name: string;
  /** Number of the flow, from 0. */
  readonly flow: number;
  readonly outcome: Outcome;
}

/** All that a run found. */
export interface Findings {
  readonly settings: DnsSettings;
  readonly server: Server;
  /** The ways to the server, one a flow. */
  readonly exchanges: readonly Exchange[];
  readonly asked: readonly Asked[];
  /** The last question again, at once; undefined where it was not asked. */
  readonly repeated?: Outcome;
  /** The answer that was cut off, as it came over TCP; undefined where nobody asked again. */
  readonly whole?: Outcome | undefined;
  /** What the authoritative server gives. */
  readonly full: FullTtls;
}

const STEPPED = 'the wall clock, in which the kernel stamps packets, was stepped while the answer was on its way';
const NOERROR = 0;
const NXDOMAIN = 3;
/** Records that the details show; a message has room for thousands. */
const MOST_SHOWN = 100;

/** Turns what was found into a measurement. */
export function report(findings: Findings): Measurement<DnsMetricId> {
  const { settings, server, exchanges, asked, repeated, whole, full } = findings;
  const [exchange] = exchanges;
  if (!exchange) throw new Error('a run has at least one way to its server');
  const answered = asked.flatMap(({ outcome }) => ('response' in outcome ? [outcome] : []));
  const last = answered.at(-1)?.response;
  const noAnswer = failureOf(asked);
  const records = whole && 'response' in whole ? whole.response : last;
  const failure = whole && 'failure' in whole ? notWhole(whole.failure) : records ? judge(records, settings, server) : noAnswer;
  const numbers = new Numbers<DnsMetricId>(metrics);
  const times = timesOf(answered);
  const why = noAnswer?.message ?? 'no answer came';
  const noTime = answered.length > 0 ? STEPPED : why;
  numbers.samples('dns.time', times, noTime);
  numbers.set('dns.time', median(times), noTime, exchange.errorBoundMs);
  numbers.set(
    'dns.time.cached',
    repeated && 'ms' in repeated ? repeated.ms : undefined,
    whyNotRepeated(repeated, why),
    exchange.errorBoundMs,
  );
  numbers.set('dns.rcode', last?.rcode, why);
  recordNumbers(numbers, records, why);
  const share = cacheShare(
    answered.map(({ response }) => response),
    full,
  );
  if ('percent' in share) numbers.set('dns.cache_hit_ratio', share.percent, '');
  else numbers.set('dns.cache_hit_ratio', undefined, share.reason);
  return {
    method: exchange.method,
    ...numbers.all,
    flow: flowIdentity(server, { ...exchange.flow, members: exchanges.map(({ flow }) => ({ sourcePort: flow.sourcePort })) }),
    details: detailsOf(findings, exchange),
    failure,
  };
}

/** Times of the answers that have one. */
function timesOf(answered: readonly { readonly ms: number | undefined }[]): number[] {
  return answered.flatMap(({ ms }) => ms ?? []);
}

function failureOf(asked: readonly Asked[]): ProbeFailure | undefined {
  const failures = asked.flatMap(({ outcome }) => ('failure' in outcome ? [outcome.failure] : []));
  return failures[0] ?? (asked.length === 0 ? new ProbeFailure('CANCELLED', 'the run was cancelled before its first question') : undefined);
}

function whyNotRepeated(repeated: Outcome | undefined, why: string): string {
  if (!repeated) return why;
  return 'failure' in repeated ? repeated.failure.message : STEPPED;
}

/** A truncated answer does not hold all records: what it lacks must not be counted as none. */
function recordNumbers(numbers: Numbers<DnsMetricId>, last: Response | undefined, why: string): void {
  const reason = last ? 'the answer was truncated (TC); ask over tcp' : why;
  const whole = last && !last.truncated ? last : undefined;
  numbers.set('dns.answers', whole?.answers.length, reason);
  const ttls = whole?.answers.map(({ ttl }) => ttl) ?? [];
  numbers.set('dns.ttl', ttls.length > 0 ? Math.min(...ttls) : undefined, whole ? 'there was no record in the answer' : reason);
}

/** A client that has to have the records would not get them either. */
function notWhole({ code, message }: ProbeFailure): ProbeFailure {
  return new ProbeFailure(
    code,
    `the answer over UDP was truncated (TC), and over TCP, as "expect" needs it, it could not be had: ${message}`,
  );
}

/** Why an answer is not the one that was wanted; undefined where it is. */
function judge(response: Response, { uncached, expect = [], type }: DnsSettings, server: Server): ProbeFailure | undefined {
  const { rcode, answers } = response;
  const said = `${server.address} answered ${rcodeName(rcode)}`;
  if (rcode === NXDOMAIN && !uncached)
    return new ProbeFailure('DNS_FAILURE', `${said}: the name does not exist; check its spelling and its zone`);
  if (rcode !== NOERROR && rcode !== NXDOMAIN)
    return new ProbeFailure(
      'DNS_FAILURE',
      `${said}: the server could not or would not answer; check its log, its forwarders and who may ask it`,
    );
  const values = new Set(answers.map(({ value }) => value.toLowerCase()));
  const missing = expect.filter((value) => !values.has(value.toLowerCase()));
  if (missing.length > 0)
    return new ProbeFailure(
      'ASSERTION_FAILED',
      `${said}, but without ${missing.join(', ')} among its ${type} records (${[...values].join(', ') || 'none'})`,
    );
  return undefined;
}

/** Of each flow: questions, answers, and how long they took. */
function flowDetails({ flow: { sourcePort } }: Exchange, own: readonly Asked[]): Json {
  const answered = own.flatMap(({ outcome }) => ('response' in outcome ? [outcome] : []));
  return flowFigures({ sourcePort }, { sent: own.length, received: answered.length, rtts: timesOf(answered) });
}

function detailsOf({ server, exchanges, asked, repeated, whole, full, settings }: Findings, { setUp, reopened = 0 }: Exchange): Json {
  const outcomeJson = (outcome: Outcome): Json =>
    'failure' in outcome
      ? { error: { code: outcome.failure.code, message: outcome.failure.message } }
      : {
          ...(outcome.ms === undefined ? { acrossClockStep: true } : { ms: outcome.ms }),
          rcode: rcodeName(outcome.response.rcode),
          truncated: outcome.response.truncated,
          authoritative: outcome.response.authoritative,
          bytes: outcome.response.bytes,
        };
  const last = [...asked.map(({ outcome }) => outcome), ...(whole ? [whole] : [])].findLast((outcome) => 'response' in outcome);
  return {
    server: { address: server.address, port: server.port, chosenBy: server.chosenBy },
    transport: settings.transport,
    type: settings.type,
    setUp,
    queries: asked.map(({ name, outcome }) => ({ name, ...(outcomeJson(outcome) as object) })),
    ...(exchanges.length > 1
      ? {
          flows: exchanges.map((exchange, index) =>
            flowDetails(
              exchange,
              asked.filter(({ flow }) => flow === index),
            ),
          ),
        }
      : {}),
    ...(repeated ? { repeated: outcomeJson(repeated) } : {}),
    ...(reopened > 0 ? { reopened } : {}),
    ...(whole ? { overTcp: outcomeJson(whole) } : {}),
    ...('records' in full ? { authoritativeTtl: Math.min(...full.records.map(({ ttl }) => ttl)) } : {}),
    answers: last ? last.response.answers.slice(0, MOST_SHOWN).map(({ type, name, ttl, value }) => ({ type, name, ttl, value })) : [],
  };
}
