import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { GraphQLSchema } from 'graphql';
import { pino } from 'pino';
import { createApp } from '../../app.js';
import type { TestApp } from '../app.js';
import { loadConfig } from '../../config.js';
import { serverSchema } from '../../schema.js';
import { realDocuments, type RealDocument } from '../real-documents.js';
import { dropTestDatabase, testDatabase } from '../test-database.js';
import { exportPaths, fuzzExport } from './exports.js';
import { fuzzHttp } from './over-http.js';
import { FuzzSocket } from './over-socket.js';
import { operations, rubbish, type Operation } from './operations.js';
import { Verdict } from './verdict.js';
import { World } from './world.js';

/** What a run of the fuzzer found. */
export interface FuzzReport {
  readonly sent: number;
  readonly seconds: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, string>>;
  readonly errorsLogged: readonly unknown[];
  readonly afterThird: Memory;
  readonly atEnd: Memory;
}

/** Bytes after a collection: of the heap, and of the whole process. */
interface Memory {
  readonly heap: number;
  readonly rss: number;
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
    let afterThird: Memory | undefined;
    for (let sent = 0; sent < count; sent += BATCH) {
      if (sent >= count / 3) afterThird ??= memoryNow();
      await sendBatch(target, Math.min(BATCH, count - sent), seed + sent);
    }
    for (const socket of target.sockets.flat()) socket.close();
    const atEnd = memoryNow();
    const seconds = (performance.now() - began) / 1000;
    const { codes, faults } = verdict;
    return {
      sent: count,
      seconds,
      codes: Object.fromEntries(codes),
      faults: Object.fromEntries(faults),
      errorsLogged,
      afterThird: afterThird ?? atEnd,
      atEnd,
    };
  } finally {
    process.off('unhandledRejection', watch);
    await app.end();
    if (databaseUrl !== undefined) await dropTestDatabase(databaseUrl);
    await rm(data, { recursive: true, force: true });
  }
}

/** What is sent to, and by whom. */
interface Target {
  readonly url: string;
  readonly verdict: Verdict;
  readonly world: World;
  readonly schema: GraphQLSchema;
  readonly documents: readonly RealDocument[];
  /** For each of those who send at once, for each caller. */
  readonly sockets: readonly (readonly FuzzSocket[])[];
}

async function prepare(app: TestApp, verdict: Verdict): Promise<Target> {
  const world = await World.make(app, AT_ONCE);
  const sockets = Array.from({ length: AT_ONCE }, () => world.callers.map((caller) => new FuzzSocket(app.url, caller, verdict)));
  return { url: app.url, verdict, world, schema: await serverSchema(), documents: realDocuments(), sockets };
}

/** Sends a batch to a world in which nothing was deleted yet. */
async function sendBatch(target: Target, size: number, seed: number): Promise<void> {
  const { world, schema, documents, sockets } = target;
  await world.renew();
  const parts = { operation: operations(schema, documents, world.ids), bytes: rubbish, path: exportPaths(world.ids) };
  const one = fc.record({ ...parts, way: fc.nat(99), caller: fc.nat(world.callers.length - 1) });
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
  readonly path: string;
  readonly way: number;
  readonly caller: number;
}

function sendOne({ url, verdict, world }: Target, { operation, bytes, path, way, caller }: Case, socket?: FuzzSocket): Promise<void> {
  const carries = world.callers[caller]?.();
  if (!socket || !carries) throw new Error('there is no such caller');
  if (way < 35) return fuzzHttp(url, carries, operation, verdict);
  if (way < 42) return fuzzHttp(url, carries, bytes, verdict);
  if (way < 52) return fuzzExport(url, carries, path, verdict);
  const isNobody = carries.bearer === undefined && carries.cookie === undefined;
  return way < 62 || isNobody ? socket.frames(frames(carries.bearer, operation, bytes, way)) : socket.operation(operation);
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

function memoryNow(): Memory {
  if (!globalThis.gc) throw new Error('run node with --expose-gc');
  globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, rss };
}
