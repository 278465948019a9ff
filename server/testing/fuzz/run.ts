import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { createApp } from '../../app.js';
import type { TestApp } from '../app.js';
import { loadConfig } from '../../config.js';
import { serverSchema } from '../../schema.js';
import { registeredAgent } from '../agents.js';
import { HttpClient } from '../client.js';
import { createTest, testInput, tideAgent } from '../measuring.js';
import { setUpAdmin, withApiToken } from '../people.js';
import { realDocuments } from '../real-documents.js';
import { setSetting } from '../settings.js';
import { dropTestDatabase, testDatabase } from '../test-database.js';
import { fuzzHttp } from './over-http.js';
import { FuzzSocket } from './over-socket.js';
import { operations, rubbish, type Operation } from './operations.js';
import { Verdict } from './verdict.js';

/** What a run of the fuzzer found. Bytes of the heap are after a collection. */
export interface FuzzReport {
  readonly sent: number;
  readonly seconds: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, string>>;
  readonly errorsLogged: readonly unknown[];
  readonly heapAfterThird: number;
  readonly heapAtEnd: number;
}

const BATCH = 120;
const AT_ONCE = 12;

/** Sends `count` malformed operations and payloads, made from `seed`, over both transports to a server of its own. */
export async function fuzz(count: number, seed: number): Promise<FuzzReport> {
  const errorsLogged: unknown[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void (errorsLogged.length < 20 && errorsLogged.push(JSON.parse(line))) });
  const data = await mkdtemp(join(tmpdir(), 'streamswarm-fuzz-'));
  const databaseUrl = await testDatabase(data);
  const server = await createApp(loadConfig({ port: 0, data, databaseUrl }, {}), log);
  const app: TestApp = { ...server, folder: data, logged: [], end: () => server.close() };
  const verdict = new Verdict();
  const watch = (error: unknown): void => verdict.fault('an unhandled rejection', String(error instanceof Error ? error.stack : error));
  process.on('unhandledRejection', watch);
  const began = performance.now();
  try {
    const target = await prepare(app, verdict);
    let heapAfterThird = 0;
    for (let sent = 0; sent < count; sent += BATCH) {
      if (heapAfterThird === 0 && sent >= count / 3) heapAfterThird = heapNow();
      await sendBatch(target, Math.min(BATCH, count - sent), seed + sent);
    }
    for (const socket of target.sockets.flat()) socket.close();
    const heapAtEnd = heapNow();
    const seconds = (performance.now() - began) / 1000;
    const { codes, faults } = verdict;
    return {
      sent: count,
      seconds,
      codes: Object.fromEntries(codes),
      faults: Object.fromEntries(faults),
      errorsLogged,
      heapAfterThird,
      heapAtEnd,
    };
  } finally {
    process.off('unhandledRejection', watch);
    await app.end();
    if (databaseUrl !== undefined) await dropTestDatabase(databaseUrl);
    await rm(data, { recursive: true, force: true });
  }
}

interface Target {
  readonly url: string;
  readonly verdict: Verdict;
  readonly bearers: readonly (string | undefined)[];
  /** For each of those who send at once, for each caller. */
  readonly sockets: readonly (readonly FuzzSocket[])[];
  readonly operations: ReturnType<typeof operations>;
}

/** People, an agent and a test, and limits of rate that are out of the way: what lies behind them is to be reached. */
async function prepare(app: TestApp, verdict: Verdict): Promise<Target> {
  await setSetting(app, 'limits.connectionsPerAgent', AT_ONCE);
  for (const key of [
    'operationsPerMinute',
    'anonymousOperationsPerMinute',
    'registrationsPerMinute',
    'agentOperationsPerMinute',
    'unknownCredentialsPerMinute',
  ] as const) {
    await setSetting(app, `limits.${key}`, 10_000_000);
  }
  const admin: HttpClient = await setUpAdmin(app);
  const agent = await tideAgent(app);
  const spare = await registeredAgent(app);
  const test = await createTest(admin, testInput([agent.id]));
  const secrets = [undefined, agent.secret];
  for (const role of ['VIEWER', 'ADMIN']) secrets.push((await withApiToken(app, admin, role)).secret);
  await agent.socket.dispose();
  return {
    url: app.url,
    verdict,
    bearers: secrets,
    sockets: Array.from({ length: AT_ONCE }, () => secrets.map((bearer) => new FuzzSocket(app.url, bearer, verdict))),
    operations: operations(await serverSchema(), realDocuments(), [test.id, test.targets[0]?.id ?? '', spare.id]),
  };
}

async function sendBatch(target: Target, size: number, seed: number): Promise<void> {
  const { bearers, sockets } = target;
  const one = fc.record({ operation: target.operations, bytes: rubbish, way: fc.nat(99), caller: fc.nat(bearers.length - 1) });
  const cases = fc.sample(one, { numRuns: size, seed }).values();
  await Promise.all(
    sockets.map(async (own) => {
      for (const each of cases) await sendOne(target, each, own[each.caller]);
    }),
  );
}

interface Case {
  readonly operation: Operation;
  readonly bytes: string | Uint8Array;
  readonly way: number;
  readonly caller: number;
}

function sendOne({ url, verdict, bearers }: Target, { operation, bytes, way, caller }: Case, socket?: FuzzSocket): Promise<void> {
  const bearer = bearers[caller];
  if (way < 40) return fuzzHttp(url, bearer, operation, verdict);
  if (way < 50) return fuzzHttp(url, bearer, bytes, verdict);
  if (!socket) throw new Error('there is no such caller');
  return way < 60 || bearer === undefined ? socket.frames(frames(bearer, operation, bytes, way)) : socket.operation(operation);
}

/** Messages of the protocol in some wrong order, with rubbish among them. */
function frames(bearer: string | undefined, payload: unknown, bytes: string | Uint8Array, way: number): (string | Uint8Array)[] {
  const init = JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${bearer ?? 'none'}` } });
  const subscribe = JSON.stringify({ type: 'subscribe', id: '__proto__', payload });
  const all = [
    [bytes],
    [subscribe],
    [init, init],
    [init, subscribe, subscribe],
    [init, JSON.stringify({ type: 'next', id: '1', payload: {} })],
    [JSON.stringify({ type: 'ping', payload }), JSON.stringify({ type: 'pong' }), JSON.stringify({ type: 'complete', id: 'x' })],
    [init, bytes, subscribe],
  ];
  return all[way % all.length] ?? [bytes];
}

function heapNow(): number {
  if (!globalThis.gc) throw new Error('run node with --expose-gc');
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
