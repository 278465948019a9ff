import type { Orm } from '../orm.js';
import { hashSecret } from '../secrets.js';
import { tideProbe, uuidAt } from './measuring.js';

const DAY_MS = 86_400_000;
/** When the old results began: a morning three days ago, ms since 1970. */
export const OLD_START = (Math.floor(Date.now() / DAY_MS) - 3) * DAY_MS + 36_000_000;
/** Secrets of the old database's agent and of an administrator's API token. */
export const OLD_SECRETS = { agent: `ssg_${'a'.repeat(43)}`, api: `ssa_${'b'.repeat(43)}` } as const;
/** The tests of the old database with their assignments. */
export const OLD_TESTS = [
  { id: 't1', name: 'Harbours', interval: 5, assignments: [{ id: 1, target: 'g1', results: 240 }, { id: 2, target: 'g2', results: 12 }] }, // prettier-ignore
  { id: 't2', name: 'Rivers', interval: 60, assignments: [{ id: 3, target: 'g1', results: 120 }] },
] as const;

/** The metric sets: the probe learnt more after the first results of each assignment. */
export const OLD_SETS = [
  ['tide.ok', 'tide.level'],
  ['tide.ok', 'tide.level', 'tide.code', 'tide.loss', 'tide.received', 'tide.sent', 'tide.wave'],
] as const;
/** Results of the first, narrower, metric set an assignment. */
const NARROW = 60;
const FORMS = ['["tide","float gauge",{}]', '["tide","float gauge",{"tide.code":"no code today"}]'] as const;
const CREATED = new Date(OLD_START - DAY_MS);

/** A result as the old server kept it, and what it was made from. */
export interface OldResult {
  readonly seq: number;
  readonly id: string;
  readonly testId: string;
  readonly targetId: string;
  readonly assignment: number;
  /** Its place among those of its assignment, from 0: all numbers come from it. */
  readonly index: number;
  readonly at: number;
  readonly wide: boolean;
}

/** Every result of the old database, in the order of its arrival. */
export function oldResults(): OldResult[] {
  const results = OLD_TESTS.flatMap((test) =>
    test.assignments.flatMap(({ id: assignment, target: targetId, results: count }) =>
      Array.from({ length: count }, (_, index) => {
        const at = OLD_START + index * test.interval * 1000;
        return { id: uuidAt(at), testId: test.id, targetId, assignment, index, at, wide: index >= NARROW || count < NARROW };
      }),
    ),
  );
  return results.map((result, place) => ({ seq: place + 1, ...result }));
}

/** The numbers of an old result by metric. */
export function oldNumbers({ index, wide }: OldResult): Record<string, number> {
  const narrow = { 'tide.ok': index % 2, 'tide.level': index + 0.5 };
  const lost = index % 4;
  const code: Record<string, number> = index % 3 === 0 ? {} : { 'tide.code': 200 + (index % 3) };
  return wide ? { ...narrow, ...code, 'tide.loss': lost * 10, 'tide.received': 10 - lost, 'tide.sent': 10 } : narrow;
}

/** Samples of the distribution, which the narrow set has not. */
function oldSamples({ index }: OldResult): number[] {
  return [index, index + 0.25, index + 0.5];
}

type Insert = (table: string, rows: readonly object[]) => Promise<void>;

/** Fills a database that is empty, by the first two migrations and as the server of their time did, in its packing. */
export async function fillOldDatabase(orm: Orm, results: readonly OldResult[], kind: 'sqlite' | 'postgres'): Promise<void> {
  const knex = orm.em.getConnection().getKnex();
  const insert: Insert = async (table, rows) => {
    for (let at = 0; at < rows.length; at += 50) await knex(table).insert(rows.slice(at, at + 50));
  };
  const [first, second] = (await orm.getMigrator().getPendingMigrations()).map(({ name }) => name);
  await orm.getMigrator().up({ to: first });
  await insertAccess(insert);
  await orm.getMigrator().up({ to: second });
  await insertTests(insert, results);
  if (kind === 'postgres') for (const statement of onPostgres(results)) await knex.raw(statement);
  await insert('result', results.map((result) => rowOf(result, kind))); // prettier-ignore
  const details = results.map((result) => ({
    seq: result.seq,
    body: detailsOf(result),
    ...(kind === 'postgres' ? { at: result.at } : {}),
  }));
  await insert('result_detail', details);
}

async function insertAccess(insert: Insert): Promise<void> {
  const { settingsSchema, metrics, ...probe } = tideProbe() as Record<string, string>;
  const { name, version, title, description } = probe;
  const declaration = {
    name,
    version,
    title,
    description,
    settings_schema: JSON.stringify(settingsSchema),
    metrics: JSON.stringify(metrics),
  };
  await insert('probe_declaration', [{ id: 'd1', ...declaration, first_seen_at: CREATED }]);
  const token = { id: 'k1', name: 'Old token', kind: 'API', role: 'ADMIN', secret_hash: hashSecret(OLD_SECRETS.api) };
  await insert('api_token', [{ ...token, prefix: OLD_SECRETS.api.slice(0, 8), uses: 0, created_at: CREATED }]);
  const agent = { id: 'a1', install_id: 'i1', name: 'Attic', hostname: 'attic.example', version: '0.1.0' };
  const said = { labels: '{}', addresses: '[]', system: '{}', probes: '[]', disabled: false, spooled_results: 0, dropped_results: 0 };
  await insert('agent', [{ ...agent, ...said, secret_hash: hashSecret(OLD_SECRETS.agent), registered_at: CREATED }]);
}

async function insertTests(insert: Insert, results: readonly OldResult[]): Promise<void> {
  await insert('target', ['g1', 'g2'].map((id) => ({ id, kind: 'HOST', address: `${id}.example`, host: `${id}.example` }))); // prettier-ignore
  await insert('metric_set', OLD_SETS.map((ids, index) => ({ id: index + 1, ids: JSON.stringify(ids) }))); // prettier-ignore
  await insert('run_form', FORMS.map((body, index) => ({ id: index + 1, hash: Buffer.from([index]), body }))); // prettier-ignore
  for (const { id, name, interval, assignments } of OLD_TESTS) {
    const targets = JSON.stringify(assignments.map(({ target }) => target));
    const what = {
      topology: 'EACH_TO_TARGETS',
      target_ids: targets,
      agent_ids: '["a1"]',
      probes: '[{"probe":"tide","settings":{},"secrets":{}}]',
    };
    const when = { interval_seconds: interval, timezone: 'UTC', recurrence: 'ONCE', status: 'COMPLETED', created_at: CREATED };
    await insert('test', [{ id, name, revision: 2, ...what, ...when, started_at: new Date(OLD_START), completed_at: new Date(OLD_START + DAY_MS / 4) }]); // prettier-ignore
    for (const { id: assignment, target, results: count } of assignments) {
      const last = results.findLast((each) => each.assignment === assignment);
      const row = { id: assignment, test_id: id, agent_id: 'a1', target_id: target, seed: '42', status: 'COMPLETED', metric_set: 2 };
      const counted = { results: count, session_results: count, last_at: last?.at, last_result: last?.seq, created_at: CREATED };
      await insert('assignment', [{ ...row, ...counted }]);
      await insert('assignment_metric_set', OLD_SETS.map((_, index) => ({ assignment, metric_set: index + 1 }))); // prettier-ignore
    }
  }
}

/** The parts of the results, and what the rows' numbers go on with. */
function* onPostgres(results: readonly OldResult[]): Iterable<string> {
  const week = 7 * DAY_MS;
  for (const number of new Set(results.map(({ at }) => Math.floor(at / week)))) {
    const bounds = `from (${number * week}) to (${(number + 1) * week})`;
    for (const table of ['result', 'result_detail']) yield `create table ${table}_w${number} partition of ${table} for values ${bounds}`;
  }
  yield `select setval('result_seq', ${results.length})`;
  for (const table of ['assignment', 'metric_set', 'run_form'])
    yield `select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`;
}

function rowOf(result: OldResult, kind: 'sqlite' | 'postgres'): object {
  const { seq, id, assignment, index, at, wide } = result;
  const numbers = oldNumbers(result);
  const run = [wide ? 2 : 1, index % 10 === 9 ? 1 : 0, 3, 12.5, ...(index % 10 === 9 ? ['TIMEOUT', 'no ebb in time'] : [])];
  return {
    ...{ seq, id: kind === 'sqlite' ? Buffer.from(id.replaceAll('-', ''), 'hex') : id, assignment, at, sequence: index, revision: 2 },
    ...{ scheduled: -2, received: 40, status: index % 10 === 9 ? 1 : 0, metric_set: wide ? 2 : 1 },
    numbers: JSON.stringify(OLD_SETS[wide ? 1 : 0].map((metric) => numbers[metric] ?? null)),
    samples: wide ? JSON.stringify({ 6: oldSamples(result) }) : null,
    bounds: index % 5 === 0 ? '[1,0.01]' : null,
    runs: JSON.stringify([run]),
  };
}

/** Flows stood with the details then. */
function detailsOf({ index }: OldResult): string {
  return JSON.stringify([
    [
      { port: 7000 + index, family: 4 },
      { gauge: 'north', marks: [index, index + 1] },
    ],
  ]);
}
