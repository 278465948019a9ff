import { performance } from 'node:perf_hooks';
import { kernelAvailability } from '../kernel/libc.js';
import { meetNeighbour } from '../kernel/neighbour.js';
import { pause } from '../kernel/readiness.js';
import type { ProbeErrorCode } from '../sdk/error.js';
import { checkFlows } from '../sdk/flows.js';
import { defineProbe, type ProbeContext, type Support } from '../sdk/probe.js';
import { askAuthority, authorityOf } from './authority.js';
import { chooseServer, questionName } from './endpoint.js';
import type { Exchange } from './exchange.js';
import { question, randomLabel, type Question } from './message.js';
import { metrics } from './metrics.js';
import { openFlows } from './open.js';
import { report, type Asked } from './report.js';
import { settings, type DnsSettings } from './settings.js';
import { askWhole } from './whole-answer.js';

/** The look-up of the server's own name and the way through the worker are allowed this long beside the questions, ms. */
const BESIDE_MS = 6_000;
/** A packet may be lost, the next as well: only a server that leaves so many questions without an answer is not asked any more. */
const SILENT_QUESTIONS = 2;
/** What a network says once it says again. */
const FINAL: ReadonlySet<ProbeErrorCode> = new Set(['REFUSED', 'UNREACHABLE', 'DENIED', 'TLS_FAILURE']);

/** How long a name server takes to answer, and what it answers. */
export default defineProbe({
  name: 'dns',
  title: 'DNS',
  description:
    'Time that a name server takes to answer, by UDP with kernel time stamps, TCP, TLS or HTTPS; what it answers, and whether that was cached.',
  version: '1.0.0',
  metrics,
  settings,
  // Setting up a connection, TLS over it (again for each question whose connection the server has closed), the questions, the repeated one, the authoritative server, and an answer
  // that was cut off again over TCP.
  deadlineMs: ({ count, intervalMs, timeoutMs, transport }) =>
    count * Math.max(intervalMs, (transport === 'udp' ? 1 : 3) * timeoutMs) + 6 * timeoutMs + BESIDE_MS,
  supported,
  async run(given, context) {
    checkFlows(given);
    const server = await chooseServer(given, context.target, context.signal);
    const name = questionName(given, context.target);
    const authority = authorityOf(given);
    if (given.warmUp) await meetNeighbour(server, 0, context.signal);
    const exchanges = await openFlows(given, server, context);
    try {
      const { asked, repeated } = await askAll(given, name, exchanges, context);
      const whole = await askWhole(given, server, asked, context);
      const full = await askAuthority(given, authority, name, context);
      return report({ settings: given, server, exchanges, asked, repeated, whole, full });
    } finally {
      for (const exchange of exchanges) {
        context.cycle.receiveDrops += exchange.drops?.() ?? 0;
        exchange.close();
      }
    }
  },
});

function supported(): Support {
  const kernel = kernelAvailability();
  if (kernel.available) return { available: true, method: 'UDP socket with kernel stamps; TCP, TLS and HTTPS by the process’s own clock' };
  const remedy = 'use Linux on x64 or arm64 with the package koffi installed';
  const limitations = [{ what: 'times without the delays of the event loop', reason: kernel.reason, remedy }];
  return { available: true, method: "Node's sockets, the process's own clock", limitations };
}

async function askAll(
  given: DnsSettings,
  name: string,
  exchanges: readonly Exchange[],
  { signal }: ProbeContext,
): Promise<{ asked: Asked[]; repeated?: Asked['outcome'] }> {
  const asked: Asked[] = [];
  const begin = performance.now();
  let last: { readonly asked: Question; readonly by: Exchange } | undefined;
  for (let index = 0; index < given.count && !signal.aborted; index += 1) {
    await pause(begin + index * given.intervalMs - performance.now(), signal);
    const flow = index % exchanges.length;
    const by = exchanges[flow];
    if (!by) throw new Error(`there is no flow ${flow}`);
    last = { asked: questionFor(given, given.uncached ? `${randomLabel()}.${name}` : name), by };
    const outcome = await by.ask(last.asked, given.timeoutMs, signal);
    asked.push({ name: last.asked.name, flow, outcome });
    if (isHopeless(asked, exchanges.length)) break;
  }
  const answered = asked.at(-1)?.outcome;
  if (!last || !answered || 'failure' in answered || signal.aborted) return { asked };
  return { asked, repeated: await last.by.ask(questionFor(given, last.asked.name), given.timeoutMs, signal) };
}

function questionFor({ type, recursion, dnssec, transport }: DnsSettings, name: string): Question {
  return question(name, type, { recursion, dnssec, ...(transport === 'https' ? { id: 0 } : {}) });
}

/** A server that does not answer at all, in any flow, is not asked again and again. */
function isHopeless(asked: readonly Asked[], flows: number): boolean {
  if (asked.length < flows || asked.some(({ outcome }) => 'response' in outcome)) return false;
  return asked.length >= SILENT_QUESTIONS || asked.every(({ outcome }) => 'failure' in outcome && FINAL.has(outcome.failure.code));
}
