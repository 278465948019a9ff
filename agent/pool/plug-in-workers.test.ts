import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProbePool } from '../pool.js';
import { TEST_PLUG_INS } from '../testing/plug-ins.js';

let base: string;

/** Writes a plug-in that behaves well but for these pieces of code. */
function write(name: string, { atImport = '', supported = "({ available: true, method: 'a stick' })", prefix = name } = {}): string {
  mkdirSync(join(base, name), { recursive: true });
  writeFileSync(
    join(base, name, 'index.js'),
    `import { defineMetrics, defineProbe, z } from 'streamswarm/sdk';
${atImport}
const metrics = defineMetrics({ '${prefix}.height': { unit: 'ms', kind: 'LEVEL', title: 'Height', description: 'Of the tide; absent at ebb.', lowerIsBetter: true } });
export default defineProbe({
  name: '${name}', title: 'Tide', description: 'Measures the tide.', version: '1.0.0', metrics, settings: z.object({}),
  deadlineMs: () => 1000, supported: () => ${supported},
  run: async () => ({ method: 'a stick', metrics: { '${prefix}.height': 1 } }),
});`,
  );
  return `./${name}`;
}

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'plug-ins-'));
  writeFileSync(join(base, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rmSync(base, { recursive: true }));

describe('A plug-in that', () => {
  const sleeper = TEST_PLUG_INS[0] ?? '';

  async function withPool<T>(plugins: readonly string[], plugInMs: number | undefined, work: (pool: ProbePool) => Promise<T>): Promise<T> {
    const pool = new ProbePool({ workers: 1, sources: { plugins, base }, plugInMs });
    try {
      return await work(pool);
    } finally {
      await pool.close();
    }
  }

  it.each([
    ['never settles while it loads', 'await new Promise(() => setInterval(() => undefined, 1000));', /did not load within 6 s/],
    ['calls process.exit while it loads', 'process.exit(3);', /must not call process\.exit/],
    ['loops without an end while it loads', 'for (;;);', /blocked its worker.*loop without an end/],
    [
      'throws where nobody catches it',
      "process.nextTick(() => { throw new Error('low water'); }); await new Promise(() => setInterval(() => undefined, 1000));",
      /low water/,
    ],
  ])('%s is left out with the reason, and all others measure', async (title, atImport, reason) => {
    const bad = write(`bad-${title.length}`, { atImport });
    await withPool([bad, sleeper], 18_000, async (pool) => {
      const { probes, problems } = await pool.describe();
      expect(problems).toEqual([expect.stringMatching(reason)]);
      expect(problems[0]).toContain(bad);
      expect(probes.map(({ name }) => name)).toEqual(expect.arrayContaining(['ping', 'system', 'sleeper']));
      const [outcome] = await Promise.all(
        pool.run([
          {
            target: { kind: 'HOST', address: '127.0.0.1', host: '127.0.0.1' },
            seed: 'seed',
            cycle: { sendSlipsMs: [], receiveDrops: 0 },
            stages: [['sleeper', bad.slice(2)].map((probe) => ({ probe, settings: {} }))],
          },
        ]),
      );
      expect(outcome?.runs.map(({ error }) => error?.code ?? 'OK')).toEqual(['OK', 'UNSUPPORTED']);
      expect(pool.crashes).toBe(0);
    });
  });

  it('goes wrong only after it was described leaves the next one its place', async () => {
    const late = write('late', { atImport: 'setTimeout(() => { for (;;); }, 0);' });
    const { probes, problems } = await withPool([late, sleeper], 18_000, (pool) => pool.describe());
    expect(problems.filter((problem) => !problem.includes(late))).toEqual([]);
    expect(probes.map(({ name }) => name)).toEqual(expect.arrayContaining(['ping', 'sleeper']));
  });

  it('never says whether it can measure is unavailable with the reason', async () => {
    const silent = write('silent', { supported: 'new Promise(() => setInterval(() => undefined, 1000))' });
    const { probes, problems } = await withPool([silent], 18_000, (pool) => pool.describe());
    expect(problems).toEqual([]);
    expect(probes.find(({ name }) => name === 'silent')?.support).toMatchObject({
      available: false,
      reason: expect.stringContaining('no answer within 6 s') as string,
    });
  });

  it('claims the name or the metrics of one before it is left out', async () => {
    const first = write('first', { prefix: 'sea' });
    const second = write('second', { prefix: 'sea' });
    const thief = write('thief', { prefix: 'cpu' });
    const { probes, problems } = await withPool([first, second, thief, join(base, 'first')], undefined, (pool) => pool.describe());
    expect(problems).toEqual([
      expect.stringContaining('"sea.", which belongs to probe "first"'),
      expect.stringContaining('"cpu.", which belongs to probe "system"'),
      expect.stringContaining('two probes are called "first"'),
    ]);
    expect(probes.map(({ name }) => name)).toContain('first');
  });
});
