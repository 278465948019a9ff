import type { Store } from '../../server/services/store.js';

interface Seen {
  readonly n: number;
  readonly from: number;
  readonly to: number;
  /** The largest of the table. */
  readonly seq: number;
}

const OF_TEST = 'assignment in (select id from assignment where test_id = ?)';

/**
 * Doubles the stored results of a test until there are so many, whatever columns results have: each copy lies before those that are there, and is of the
 * same assignment. They are `stepMs` apart. Returns how many there are then. SQLite alone.
 */
export async function multiply(store: Store, testId: string, results: number, stepMs: number): Promise<number> {
  const [sample] = await store.read<Record<string, unknown>>(`select * from result where ${OF_TEST} limit 1`, [testId]);
  if (!sample) throw new Error('nothing to copy was stored');
  const columns = Object.keys(sample);
  for (;;) {
    const [seen] = await store.read<Seen>(
      `select count(*) as n, min(at) as "from", max(at) as "to", (select max(seq) from result) as seq from result where ${OF_TEST}`,
      [testId],
    );
    if (!seen || seen.n >= results) return seen?.n ?? 0;
    // Of the newest that are there, so that the copies lie right before the oldest.
    const copied = Math.min(seen.n, results - seen.n);
    const from = seen.to - (copied - 1) * stepMs;
    await store.write((sql) => sql(copyOf(columns, seen, stepMs), [testId, from - stepMs / 2]));
  }
}

/** In the order of their times, as they would have come: the index of the ids then grows at one end. */
function copyOf(columns: readonly string[], { n, seq }: Seen, stepMs: number): string {
  const back = n * stepMs;
  const made: Readonly<Record<string, string>> = {
    seq: `row_number() over (order by at) + ${seq}`,
    id: `unhex(printf('%012x', at - ${back})) || randomblob(10)`,
    at: `at - ${back}`,
    sequence: `sequence - ${n}`,
  };
  return `insert into result (${columns.join(', ')}) select ${columns.map((name) => made[name] ?? name).join(', ')} from result
    where ${OF_TEST} and at >= ? order by at`;
}
