import { execFile } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { RestingStorage } from './resting-storage.js';

const folder = mkdtempSync(join(tmpdir(), 'streamswarm-resting-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('RestingStorage', () => {
  it('tells who is inside, through every await, and nothing outside', async () => {
    const storage = new RestingStorage<string>();
    const inside = await storage.run('a', async () => {
      await Promise.resolve();
      return storage.run('b', async () => [await Promise.resolve().then(() => storage.getStore()), storage.getStore()]);
    });
    expect(inside).toEqual(['b', 'b']);
    expect(storage.getStore()).toBeUndefined();
  });

  it('rests only when the last one has left, however they overlap', async () => {
    const storage = new RestingStorage<string>();
    const ends = new EventEmitter();
    const short = storage.run('short', () => once(ends, 'short'));
    const long = storage.run('long', async () => {
      await once(ends, 'long');
      return storage.getStore();
    });
    ends.emit('short');
    await short;
    ends.emit('long');
    expect(await long).toBe('long');
  });

  it('rests after a failure, and passes it on', async () => {
    const storage = new RestingStorage<string>();
    const failing = storage.run('a', async () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(storage.getStore()).toBeUndefined();
  });

  it('stays on for who leaves something behind, as a callback that is not asynchronous may', async () => {
    const storage = new RestingStorage<string>();
    const seen = new EventEmitter();
    const told = once(seen, 'store');
    storage.run('a', () => void setImmediate(() => seen.emit('store', storage.getStore())));
    expect(await told).toEqual(['a']);
  });
});

const compiled = (file: string): string => JSON.stringify(new URL(`../dist/server/${file}.js`, import.meta.url).href);

/** Promises have numbers while hooks are on: seen in a process of its own, since Vitest has them on always. */
const PROGRAM = `
import { executionAsyncId } from 'node:async_hooks';
await import(${compiled('app')});
const [{ openDatabase }, { createLogger }, { User }] = await Promise.all([import(${compiled('db')}), import(${compiled('logger')}), import(${compiled('entities/user')})]);
const orm = await openDatabase({ data: ${JSON.stringify(folder)} }, createLogger('fatal'));
const inside = await orm.em.fork().transactional(async (em) => {
  await em.count(User);
  return executionAsyncId() > 0;
});
await orm.em.fork().flush();
await null;
const afterwards = executionAsyncId() > 0;
await orm.close();
console.log(JSON.stringify({ inside, afterwards }));
`;

describe("MikroORM's storages", () => {
  it('leave no hook on the promises of the process after a transaction and a flush', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', PROGRAM]);
    const hooksAreKnown = Number(process.versions.node.split('.')[0]) < 24;
    expect(JSON.parse(stdout)).toEqual({ inside: hooksAreKnown, afterwards: false });
  });
});
