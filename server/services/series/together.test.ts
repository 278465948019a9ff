import { describe, expect, it } from 'vitest';
import { createTest, resultInput, submit, testInput, tideAgent, tideProbe, type TideAgent } from '../../testing/measuring.js';
import { ownServer } from '../../testing/own-server.js';
import type { MetricSet } from '../results/codec.js';
import { MetricSets } from '../results/intern.js';
import { levelsFor, type Level } from '../rollups/levels.js';
import type { RunSql } from '../store.js';
import { RawBucketSource, type Buckets, type BucketRange } from './bucket-reader.js';
import { RollupReader } from './rollup-reader.js';
import { RollupBucketSource, type SourceDeps } from './series-source.js';
import { summarise } from './statistics.js';
import { TogetherSource, type WantedAssignment } from './together.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** Midnight, two days ago. */
const START = Math.floor(Date.now() / DAY - 2) * DAY;
const METRICS = ['tide.level', 'tide.loss', 'tide.wave'];
/** Results of each agent, 5 s apart. Ebb has more than are read together, Flood none. */
const RESULTS: Readonly<Record<string, number>> = { Attic: 130, Barn: 250, Cellar: 20, Den: 130, Ebb: 600, Flood: 0 };
const PAGE = 400;

function numbers(index: number): Record<string, unknown> {
  const level = index % 7 === 0 ? {} : { 'tide.level': (index * 7919) % 1000 };
  const wave = index % 5 === 0 ? {} : { 'tide.wave': Array.from({ length: index % 4 }, (_, place) => 1 + ((index * place) % 17)) };
  return { metrics: { ...level, 'tide.ok': 1, 'tide.sent': 10 + (index % 40), 'tide.loss': index % 100 }, distributions: wave };
}

describe('the numbers of several assignments', () => {
  const server = ownServer();

  /** Of six agents, with rollups but for late results. */
  const assignments = async (): Promise<(WantedAssignment & { readonly name: string })[]> => {
    const { app, admin } = server;
    const probe = tideProbe();
    // Numbers stand in other places of its results.
    const metric = { id: 'tide.age', unit: '1', title: 'Age', description: 'Its age.', kind: 'LEVEL' };
    const wider = { ...probe, version: '2.0.0', metrics: [metric, ...(probe.metrics as unknown[])] };
    const agents: (TideAgent & { readonly name: string })[] = [];
    for (const name of Object.keys(RESULTS)) {
      agents.push({ name, ...(await tideAgent(app, name, name === 'Den' ? { probes: [wider] } : {})) });
    }
    const test = await createTest(admin, testInput(agents.map(({ id }) => id))); // prettier-ignore
    const send = async ({ client }: TideAgent, from: number, to: number): Promise<void> => {
      const sent = Array.from({ length: to - from }, (_, index) =>
        resultInput(test, START + (from + index) * 5000, { sequence: from + index, ...numbers(from + index) }),
      );
      for (let at = 0; at < sent.length; at += 300) expect((await submit(client, sent.slice(at, at + 300))).rejected).toEqual([]);
    };
    for (const agent of agents) await send(agent, 0, RESULTS[agent.name] ?? 0);
    await app.services.rollups.runAll();
    for (const agent of agents.slice(1, 3)) await send(agent, 300, 310);
    const query = `select a.id, a.agent_id as agent, m.metric_set as "setId" from assignment a join assignment_metric_set m on m.assignment = a.id
      where a.test_id = ? order by a.id`;
    const { read } = app.services.store;
    const [known, found] = [new MetricSets(), [] as (WantedAssignment & { readonly name: string })[]];
    for (const { id, agent, setId } of await read<{ id: number; agent: string; setId: number }>(query, [test.id])) {
      const sets: MetricSet[] = [await known.get(read, setId)];
      found.push({ id, sets, name: agents.find((each) => each.id === agent)?.name ?? agent });
    }
    return found;
  };
  const said = (found: ReadonlyMap<string, Buckets> | undefined): unknown => {
    const { catalogue } = server.app.services;
    return [...(found ?? [])].map(([id, buckets]) => {
      const kind = catalogue.metric(id)?.kind;
      if (!kind) throw new Error(`no metric ${id}`);
      return [id, [...buckets].sort(([one], [other]) => one - other).map(([bucket, content]) => [bucket, summarise(kind, content)])];
    });
  };

  it('are those of each, in no statement an assignment; who has too many results is left to be read alone', async () => {
    const all = await assignments();
    const { store, catalogue } = server.app.services;
    let statements = 0;
    const read: RunSql = Object.assign(
      async (sql: string, bindings?: readonly unknown[]) => {
        statements += 1;
        return (await store.read(sql, bindings)) as never;
      },
      { dialect: store.read.dialect },
    );
    const wanted = METRICS.map((id) => catalogue.metric(id)).filter((metric) => metric !== undefined);
    expect(wanted).toHaveLength(METRICS.length);
    const deps: SourceDeps = { store, raw: new RawBucketSource(store), rollups: new RollupReader(store), keptSince: () => 0 };
    const levels = levelsFor(5000).reverse();
    const uses: readonly [readonly Level[], BucketRange, readonly string[]][] = [
      [[], { from: START, to: START + 5 * MINUTE, origin: 0, stepMs: MINUTE }, []],
      [[], { from: START + 1234, to: START + DAY, origin: 0, stepMs: 7 * MINUTE }, ['Ebb']],
      [levels.slice(2), { from: START, to: START + DAY, origin: 0, stepMs: MINUTE }, []],
      [levels, { from: START + 1234, to: START + DAY, origin: START + 1234, stepMs: DAY }, []],
    ];
    for (const [use, range, alone] of uses) {
      const together = new TogetherSource({ ...deps, store: { ...store, read } }, use, PAGE);
      const found = await together.read(all, wanted, range);
      expect(all.filter(({ id }) => !found.has(id)).map(({ name }) => name)).toEqual(alone);
      const each = new RollupBucketSource(deps, use);
      let points = 0;
      for (const { id, sets, name } of all) {
        const own = await each.read(id, sets, wanted, range);
        points += own.get('tide.level')?.size ?? 0;
        if (found.has(id)) expect(said(found.get(id)), name).toEqual(said(own));
      }
      expect(points).toBeGreaterThan(4);

      const count = async (some: readonly WantedAssignment[]): Promise<number> => {
        statements = 0;
        await together.read(some, wanted, range);
        return statements;
      };
      const same = all.filter(({ name }) => ['Attic', 'Cellar'].includes(name));
      expect(await count([...same, ...same.map(({ sets }, index) => ({ id: -1 - index, sets }))])).toBe(await count(same));
    }
  });
});
