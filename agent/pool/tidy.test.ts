import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProbePool } from '../pool.js';
import type { Job } from './protocol.js';
import { collectGarbage, trimMemory } from './tidy.js';

/** Its first run makes something that nobody holds; each run tells whether it is still there. */
const KEEPER = `import { defineMetrics, defineProbe, z } from 'streamswarm/sdk';
const metrics = defineMetrics({ 'keeper.kept': { unit: '1', kind: 'LEVEL', title: 'Kept', description: 'What nobody holds.' } });
let made;
export default defineProbe({
  name: 'keeper', title: 'Keeper', description: 'Tells what a collection left.', version: '1.0.0', metrics, settings: z.object({}),
  deadlineMs: () => 5000, supported: () => ({ available: true, method: 'a weak reference' }),
  async run() {
    made ??= new WeakRef({ some: 'thing' });
    return { method: 'a weak reference', metrics: { 'keeper.kept': made.deref() ? 1 : 0 } };
  },
});`;

describe('Memory that is not needed', () => {
  let base: string;
  let pool: ProbePool;

  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'tidy-'));
    writeFileSync(join(base, 'package.json'), '{ "type": "module" }');
    mkdirSync(join(base, 'keeper'));
    writeFileSync(join(base, 'keeper', 'index.js'), KEEPER);
    pool = new ProbePool({ workers: 1, sources: { plugins: ['./keeper'], base } });
    expect((await pool.describe()).problems).toEqual([]);
  });
  afterAll(async () => {
    await pool.close();
    rmSync(base, { recursive: true });
  });

  const job: Job = {
    target: { kind: 'HOST', address: '127.0.0.1', host: '127.0.0.1' },
    seed: 'seed',
    cycle: { sendSlipsMs: [], receiveDrops: 0 },
    stages: [[{ probe: 'keeper', settings: {} }]],
  };
  const kept = async (): Promise<unknown> => (await pool.run([job])[0])?.runs[0]?.metrics['keeper.kept'];

  it('is let go by workers that have nothing to do', async () => {
    expect(await kept()).toBe(1);
    pool.tidy();
    expect(await kept()).toBe(0);
    expect(pool.crashes).toBe(0);
  });

  it('is let go by the thread that is asked to', async () => {
    const made = new WeakRef({ some: 'thing' });
    // What a weak reference gave is held until the turn of the loop ends.
    await new Promise(setImmediate);
    collectGarbage();
    trimMemory();
    expect(made.deref()).toBeUndefined();
    expect(globalThis).not.toHaveProperty('gc');
  });
});
