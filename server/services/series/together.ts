import type { MetricSet } from '../results/codec.js';
import type { Level } from '../rollups/levels.js';
import { Unavailable } from '../rollups/marked.js';
import { planRead, type Segment } from '../rollups/plan.js';
import type { Dialect } from '../store/dialect.js';
import { groupedBy } from '../lists.js';
import { noBuckets, placeIn, addTexts, isDistribution, RAW_PAGE, type Buckets, type BucketRange, type TextRow, type WantedMetric } from './bucket-reader.js'; // prettier-ignore
import { PARTS, rawTogetherQuery } from './raw-sql.js';
import { addRollupRows, readingFor, rollupsTogetherQuery, type RollupRow } from './rollup-reader.js';
import type { SourceDeps } from './series-source.js';

/** Rollup rows that one statement reads at most, where parts are smaller. */
const MOST_ROWS = 10_000;

/** An assignment whose numbers are wanted, with the metric sets of its results. */
export interface WantedAssignment {
  readonly id: number;
  readonly sets: readonly MetricSet[];
}

/** A segment of an assignment, with how much there is to read of it at most. */
interface Part extends Segment {
  readonly assignment: WantedAssignment;
  readonly size: number;
}

type Found = ReadonlyMap<number, Map<string, Buckets>>;
type Placed<Row> = Row & { readonly place: number };

const countOf = ({ rows }: Dialect): string => `select q.place, (select count(*) from (
    select 1 from result where assignment = q.assignment and at >= q.since and at < q.until limit ?) c) as n
  from ${rows(PARTS)} q`;

/** Reads buckets of several assignments in a few statements, however many they are. What it finds is what `RollupBucketSource` finds of each. */
export class TogetherSource {
  /** @param levels what to read, coarsest first; the step of a range must hold whole buckets of each */
  constructor(
    private readonly deps: SourceDeps,
    private readonly levels: readonly Level[],
    private readonly page = RAW_PAGE,
  ) {}

  /** The buckets by assignment and metric. Those with so many raw results that they would fill the memory are left out: each is to be read by itself. */
  async read(assignments: readonly WantedAssignment[], wanted: readonly WantedMetric[], range: BucketRange): Promise<Found> {
    const parts = await this.counted(await this.plan(assignments, range));
    const results = new Map<number, number>();
    for (const { assignment, level, size } of parts) {
      if (!level) results.set(assignment.id, (results.get(assignment.id) ?? 0) + size);
    }
    const few = assignments.filter(({ id }) => (results.get(id) ?? 0) <= this.page);
    const found = new Map(few.map(({ id }) => [id, noBuckets(wanted)]));
    const readable = parts.filter(({ assignment, size }) => size > 0 && found.has(assignment.id));
    for (const [level, own] of groupedBy(readable, (part) => part.level)) {
      for (const group of groupsOf(own, level ? MOST_ROWS : this.page)) {
        for (const [set, ofSet] of bySet(group)) {
          if (level) await this.readRollups(level, set, ofSet, wanted, range, found);
          else await this.readRaw(set, ofSet, wanted, range, found);
        }
      }
    }
    return found;
  }

  private async plan(assignments: readonly WantedAssignment[], { from, to }: BucketRange): Promise<Omit<Part, 'size'>[]> {
    const { store, keptSince } = this.deps;
    const { levels } = this;
    const finest = levels.at(-1);
    if (!finest) return assignments.map((assignment) => ({ assignment, from, to, level: undefined }));
    const ids = assignments.map(({ id }) => id);
    const unavailable = await Unavailable.ofEach(store.read, ids, finest, { from, to });
    return assignments.flatMap((assignment) => {
      const plan = planRead({ from, to, levels, keptSince, unavailable: (level) => unavailable.get(assignment.id)?.at(level) ?? [] });
      return plan.map((segment) => ({ ...segment, assignment }));
    });
  }

  private async counted(parts: readonly Omit<Part, 'size'>[]): Promise<Part[]> {
    const { read } = this.deps.store;
    const raw = parts.filter(({ level }) => !level);
    const rows = raw.length === 0 ? [] : await read<Placed<{ n: number }>>(countOf(read.dialect), [this.page + 1, listed(raw)]);
    const counts = new Map(rows.map(({ place, n }) => [raw[place], Number(n)]));
    return parts.map((part) => ({
      ...part,
      size: part.level ? Math.ceil((part.to - part.from) / part.level.ms) : (counts.get(part) ?? 0),
    }));
  }

  private async readRaw(
    set: MetricSet,
    parts: readonly Part[],
    wanted: readonly WantedMetric[],
    range: BucketRange,
    found: Found,
  ): Promise<void> {
    const placed = placeIn(set, wanted);
    if (placed.length === 0) return;
    const { read } = this.deps.store;
    const query = rawTogetherQuery(read.dialect, placed.some(isDistribution));
    const rows = await read<Placed<TextRow>>(query, [range.origin, range.stepMs, listed(parts), set.id]);
    for (const row of rows) addTexts(row, placed, found.get(parts[row.place]?.assignment.id ?? NaN));
  }

  private async readRollups(
    level: Level,
    set: MetricSet,
    parts: readonly Part[],
    wanted: readonly WantedMetric[],
    range: BucketRange,
    found: Found,
  ): Promise<void> {
    const reading = readingFor(set, wanted);
    if (reading.groups.length === 0) return;
    const { read } = this.deps.store;
    const rows = await read<Placed<RollupRow>>(rollupsTogetherQuery(read.dialect, reading.groups), [listed(parts), level.id, set.id]);
    for (const [id, own] of groupedBy(rows, ({ place }) => parts[place]?.assignment.id))
      addRollupRows(own, reading, range, found.get(id ?? NaN));
  }
}

const listed = (parts: readonly Omit<Part, 'size'>[]): string =>
  JSON.stringify(parts.map(({ assignment, from, to }, place) => [place, assignment.id, from, to]));

/** Parts that one statement reads: as many as do not hold too much, at least one. */
function groupsOf(parts: readonly Part[], most: number): Part[][] {
  const groups: Part[][] = [];
  let size = Infinity;
  for (const part of parts) {
    size += part.size;
    if (size > most) {
      groups.push([]);
      size = part.size;
    }
    groups.at(-1)?.push(part);
  }
  return groups;
}

/** The parts of assignments that have had a set, of each set. */
function bySet(parts: readonly Part[]): [MetricSet, Part[]][] {
  const sets = new Map(parts.flatMap(({ assignment }) => assignment.sets).map((set) => [set.id, set]));
  return [...sets.values()].map((set) => [set, parts.filter(({ assignment }) => assignment.sets.some(({ id }) => id === set.id))]);
}
