import { groupedBy } from '../lists.js';
import { bucketStart, levelsFor, type Level } from '../rollups/levels.js';
import { Unavailable } from '../rollups/marked.js';
import { union, without, type Stretch } from '../rollups/stretches.js';
import type { Store } from '../store.js';
import type { Dialect } from '../store/dialect.js';
import type { Intervals } from '../tests/intervals.js';

/** Where is looked; times in ms since 1970. */
export interface GapRange extends Stretch {
  /** The test's intervals, and the shortest of the range, ms. */
  readonly intervals: Pick<Intervals, 'at'>;
  readonly shortest: number;
}

/** Whose results, with how many of them the range has: more than are looked at may be told as one more. */
export interface CountedAssignment {
  readonly id: number;
  readonly results: number;
}

/** Results of an assignment, to be looked at one by one. */
export interface Looked extends Stretch {
  readonly assignment: number;
  readonly results: number;
}

/** Results that are looked at one by one for the gaps of an assignment in a range at most. */
export const MOST_LOOKED_AT = 20_000;
/** Stretches that are looked at on their own at most. */
const MOST_STRETCHES = 300;

/** Of an assignment. */
interface Part extends Stretch {
  readonly assignment: number;
}

const PARTS = { place: 'integer', assignment: 'integer', since: 'bigint', until: 'bigint' } as const;
const countOf = ({ rows }: Dialect): string => `select q.place, (select count(*) from (
    select 1 from result where assignment = q.assignment and at >= q.since and at < q.until limit ?) c) as n
  from ${rows(PARTS)} q`;
const bucketsOf = ({ rows, lookUp }: Dialect): string => `select q.place, r.bucket, sum(r.results) as n
  from ${rows(PARTS)} q ${lookUp('rollup', 'r', 'r.assignment = q.assignment and r.level = ? and r.bucket >= q.since and r.bucket < q.until')}
  group by q.place, r.bucket order by r.bucket`;

/**
 * Finds where results may be missing without reading them all: buckets of the rollups that have as many results as fit are out of question, those that have
 * not are looked at on the next finer level. Few results are looked at in any case. Over a range with so many holes that this would still be too much, the
 * longest stretches come first, and the rest is left out. However many assignments there are, a level takes the same few statements.
 */
export class GapSearch {
  constructor(
    private readonly store: Pick<Store, 'read'>,
    private readonly most = MOST_LOOKED_AT,
  ) {}

  /** Stretches that hold all gaps, of one assignment after the other, ascending. */
  async stretches(range: GapRange, assignments: readonly CountedAssignment[]): Promise<Looked[]> {
    const { from, to } = range;
    const whole = (ids: readonly CountedAssignment[]): Looked[] => ids.map(({ id, results }) => ({ assignment: id, from, to, results }));
    const many = assignments.filter(({ results }) => results > this.most);
    let suspects: readonly Part[] = whole(many);
    if (many.length > 0) for (const level of levelsFor(range.shortest).reverse()) suspects = await this.narrow(range, level, suspects);
    return [...whole(assignments.filter(({ results }) => results <= this.most)), ...(await this.affordable(suspects))];
  }

  private async narrow(range: GapRange, level: Level, suspects: readonly Part[]): Promise<Part[]> {
    const { read } = this.store;
    const { intervals } = range;
    // Where the interval was changed within a bucket, at least as many as the longer one brings.
    const fits = (bucket: number): number =>
      Math.max(1, Math.round(level.ms / Math.max(intervals.at(bucket), intervals.at(bucket + level.ms))));
    const parts = byAssignment(suspects).flatMap(longest);
    const full = parts.map((): Stretch[] => []);
    const listed = parts.map(({ assignment, from, to }, place) => [place, assignment, bucketStart(level, from), to]);
    const rows = await read<{ place: number; bucket: number; n: number }>(bucketsOf(read.dialect), [JSON.stringify(listed), level.id]);
    for (const { place, bucket, n } of rows) if (Number(n) >= fits(bucket)) full[place]?.push({ from: bucket, to: bucket + level.ms });
    const unavailable = await Unavailable.ofEach(read, idsOf(parts), level, range);
    const left = parts.flatMap((part, place) => {
      const dirty = union(unavailable.get(part.assignment)?.at(level) ?? []);
      const clean = union(full[place] ?? []).flatMap((stretch) => without(stretch, dirty));
      return without(part, clean).map((stretch) => ({ ...stretch, assignment: part.assignment }));
    });
    return byAssignment(left).flatMap((own) => union(own).map((stretch) => ({ ...stretch, assignment: own[0]?.assignment ?? NaN })));
  }

  private async affordable(suspects: readonly Part[]): Promise<Looked[]> {
    if (suspects.length === 0) return [];
    const { read } = this.store;
    const parts = byAssignment(suspects).flatMap(longest);
    const listed = parts.map(({ assignment, from, to }, place) => [place, assignment, from, to]);
    const rows = await read<{ place: number; n: number }>(countOf(read.dialect), [this.most + 1, JSON.stringify(listed)]);
    const counts = new Map(rows.map(({ place, n }) => [place, Number(n)]));
    const counted = parts.map((part, place) => ({ ...part, results: counts.get(place) ?? 0 }));
    return byAssignment(counted).flatMap((own) => this.within(own));
  }

  /** As many of an assignment's stretches, the longest first, as do not hold too many results. */
  private within(stretches: readonly Looked[]): Looked[] {
    let budget = this.most;
    const chosen: Looked[] = [];
    for (const stretch of stretches) {
      if (stretch.results > budget) continue;
      budget -= stretch.results;
      chosen.push(stretch);
    }
    return chosen.sort((one, other) => one.from - other.from);
  }
}

function longest<T extends Stretch>(stretches: readonly T[]): T[] {
  return [...stretches].sort((one, other) => other.to - other.from - (one.to - one.from)).slice(0, MOST_STRETCHES);
}

function byAssignment<T extends Part>(parts: readonly T[]): T[][] {
  return [...groupedBy(parts, ({ assignment }) => assignment).values()];
}

const idsOf = (parts: readonly Part[]): number[] => [...new Set(parts.map(({ assignment }) => assignment))];
