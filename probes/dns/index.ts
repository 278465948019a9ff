import { performance } from 'node:perf_hooks';
import { kernelAvailability } from '../kernel/libc.js';
import { meetNeighbour } from '../kernel/neighbour.js';
import { pause } from '../kernel/readiness.js';
import { checkFlows } from '../sdk/flows.js';
import { defineProbe, type ProbeContext, type Support } from '../sdk/probe.js';
import { chooseServer, parseAddress, questionName, type Server } from './endpoint.js';
import type { Exchange } from './exchange.js';
import { question, randomLabel, type Question } from './message.js';
import { metrics } from './metrics.js';
import { openExchange, openFlows } from './open.js';
import { report, type Asked } from './report.js';
import { settings, type DnsSettings } from './settings.js';

/** The look-up of the server's own name and the way through the worker are allowed this long beside the questions, ms. */
const BESIDE_MS = 6_000;
const DNS_PORT = 53;

/** How long a name server takes to answer, and what it answers. */
export default defineProbe({
  name: 'dns',
  title: 'DNS',
  description:
    'Time that a name server takes to answer, by UDP with kernel time stamps, TCP, TLS or HTTPS; what it answers, and whether that was cached.',
  version: '1.0.0',
  metrics,
  settings,
  // Setting up a connection, TLS over it, the questions, the repeated one, and the authoritative server.
  deadlineMs: ({ count, intervalMs, timeoutMs }) => count * Math.max(intervalMs, timeoutMs) + 4 * timeoutMs + BESIDE_MS,
  supported,
  async run(given, context) {
    checkFlows(given);
    const server = await chooseServer(given, context.target, context.signal);
    const name = questionName(given, context.target);
    if (given.warmUp) await meetNeighbour(server, 0, context.signal);
    const exchanges = await openFlows(given, server, context);
    try {
      const { asked, repeated } = await askAll(given, name, exchanges, context);
      const fullTtl = await authoritativeTtl(given, name, context);
      return report({ settings: given, server, exchanges, asked, repeated, fullTtl });
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
    // A server that does not answer at all, in any flow, is not asked again and again.
    if (asked.length === exchanges.length && asked.every((each) => 'failure' in each.outcome)) break;
  }
  const answered = asked.at(-1)?.outcome;
  if (!last || !answered || 'failure' in answered || signal.aborted) return { asked };
  return { asked, repeated: await last.by.ask(questionFor(given, last.asked.name), given.timeoutMs, signal) };
}

function questionFor({ type, recursion, dnssec, transport }: DnsSettings, name: string): Question {
  return question(name, type, { recursion, dnssec, ...(transport === 'https' ? { id: 0 } : {}) });
}

/** The smallest TTL by the authoritative server that the settings name; undefined where there is none or it does not say. */
async function authoritativeTtl(given: DnsSettings, name: string, context: ProbeContext): Promise<number | undefined> {
  if (given.authority === undefined || given.uncached || context.signal.aborted) return undefined;
  const place = parseAddress(given.authority, DNS_PORT, 'authority');
  const server: Server = { ...place, family: place.address.includes(':') ? 6 : 4, chosenBy: 'settings' };
  const exchange = await openExchange({ ...given, transport: 'udp' }, server, { ...context, seed: `${context.seed} authority` });
  try {
    const outcome = await exchange.ask(question(name, given.type, { recursion: false, dnssec: false }), given.timeoutMs, context.signal);
    if ('failure' in outcome || !outcome.response.authoritative || outcome.response.answers.length === 0) return undefined;
    return Math.min(...outcome.response.answers.map(({ ttl }) => ttl));
  } finally {
    exchange.close();
  }
}
