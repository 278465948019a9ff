import { randomInt } from 'node:crypto';
import type { Dialect } from '../store/dialect.js';
import type { RunSql } from '../store.js';
import { bucketStart, coarserThan, levelsFor, type Level } from './levels.js';

/** A bucket whose row is not there yet, or not right any more. */
export interface Mark {
  readonly assignment: number;
  readonly level: number;
  /** Start of the bucket, ms since 1970. */
  readonly bucket: number;
  /** Another number each time that the bucket is marked: whoever made the row removes the mark only where it still has the one that was read before. */
  readonly stamp: number;
  /** 1: results were marked at this level themselves, so its row is made from them and not from a finer level. */
  readonly raw: number;
}

/** Results that are on their way into the database. */
export interface Arrival {
  readonly assignment: number;
  /** Of the test as it is now, ms. */
  readonly intervalMs: number;
  /** Start, ms since 1970. */
  readonly at: number;
}

/** After a bucket's end, and after each late result, until its row is made: stragglers then cost no second making. */
export const GRACE_MS = 5000;
/** Buckets of the same level end together; their making is spread over this part of the level by assignment, so that it is no burst. */
const SPREAD = 6;
const STEPS = 97;

const upsertOf = ({ rows, greatest }: Dialect): string => `insert into rollup_dirty (assignment, level, bucket, stamp, due, raw)
  select v.assignment, v.level, v.bucket, v.stamp, v.due, v.raw
  from ${rows({ assignment: 'bigint', level: 'integer', bucket: 'bigint', due: 'bigint', raw: 'integer', stamp: 'bigint' })} v where true
  on conflict (assignment, level, bucket)
  do update set stamp = excluded.stamp, due = excluded.due, raw = ${greatest('rollup_dirty.raw', 'excluded.raw')}`;

/** Marks the buckets that results fall into, in the transaction that stores them: one statement, however many results. */
export async function markArrivals(sql: RunSql, arrivals: readonly Arrival[], now: number): Promise<void> {
  const buckets = new Map<string, unknown[]>();
  for (const { assignment, intervalMs, at } of arrivals) {
    const [level] = levelsFor(intervalMs);
    if (!level) continue;
    const bucket = bucketStart(level, at);
    const key = `${assignment} ${bucket}`;
    if (!buckets.has(key)) buckets.set(key, [assignment, level.id, bucket, dueAt(level, assignment, bucket, now), 1]);
  }
  await upsert(sql, [...buckets.values()]);
}

/** Marks the coarser buckets that rows just made belong to. */
export async function markCoarser(
  sql: RunSql,
  level: Level,
  made: readonly Pick<Mark, 'assignment' | 'bucket'>[],
  now: number,
): Promise<void> {
  const coarser = coarserThan(level);
  if (!coarser) return;
  const buckets = new Map<string, unknown[]>();
  for (const { assignment, bucket } of made) {
    const start = bucketStart(coarser, bucket);
    buckets.set(`${assignment} ${start}`, [assignment, coarser.id, start, dueAt(coarser, assignment, start, now), 0]);
  }
  await upsert(sql, [...buckets.values()]);
}

async function upsert(sql: RunSql, rows: readonly (readonly unknown[])[]): Promise<void> {
  if (rows.length === 0) return;
  // In one order everywhere: transactions of several servers that mark the same buckets then wait for each other, never in a circle.
  const ordered = [...rows].sort(
    (one, other) => Number(one[0]) - Number(other[0]) || Number(one[1]) - Number(other[1]) || Number(one[2]) - Number(other[2]),
  );
  const stamp = randomInt(2 ** 47);
  await sql(upsertOf(sql.dialect), [JSON.stringify(ordered.map((row) => [...row, stamp]))]);
}

function dueAt({ ms }: Level, assignment: number, bucket: number, now: number): number {
  const spread = Math.floor(((assignment % STEPS) / STEPS) * (ms / SPREAD));
  return Math.max(bucket + ms + spread, now) + GRACE_MS;
}
