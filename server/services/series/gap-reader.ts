import { groupedBy } from '../lists.js';
import type { Store } from '../store.js';
import type { Intervals } from '../tests/intervals.js';
import { cluesOf, firstRunOf } from './gap-clues.js';
import { endsIn, neighboursIn, type Ends } from './gap-edges.js';
import { GapSearch, MOST_LOOKED_AT, type Looked } from './gap-search.js';
import { GAP_INTERVALS, gapsBetween, type Edge, type FoundGap } from './gaps.js';

/** Of which test gaps are asked for, and when; times in ms since 1970, `to` exclusive. */
export interface GapQuery {
  readonly testId: string;
  readonly intervals: Intervals;
  readonly from: number;
  readonly to: number;
}

/** Whose gaps are asked for. */
export interface GapAssignment {
  readonly id: number;
  readonly agentId: string;
  /** From when to when it was to bring results, at most. */
  readonly dueFrom: number;
  readonly dueUntil: number;
}

/** The part of the range in which results are due at all; `since` when they are due, also before the range. */
interface Due {
  readonly since: number;
  readonly from: number;
  readonly to: number;
}

type Pair = readonly [before: Edge, after: Edge];

/** Reads where results are missing, and why. */
export class GapReader {
  private readonly search: GapSearch;

  /** @param most results of an assignment that are looked at one by one, and results that a statement looks at */
  constructor(
    private readonly store: Pick<Store, 'read'>,
    private readonly most = MOST_LOOKED_AT,
  ) {
    this.search = new GapSearch(store, most);
  }

  /** The gaps of each of these assignments of a test. How many statements it takes depends on how many results there are, not on how many assignments. */
  async gaps(query: GapQuery, assignments: readonly GapAssignment[]): Promise<FoundGap[][]> {
    const { read } = this.store;
    const firstRun = (await firstRunOf(read, query.testId)) ?? Infinity;
    const ids = assignments.map(({ id }) => id);
    const ends = await endsIn(read, ids, { ...query, most: this.most + 1 });
    const between = await this.between(query, [...ends.values()]);
    const pairs = assignments.map((assignment): readonly Pair[] => {
      const due = dueOf(query, assignment, firstRun);
      const end = ends.get(assignment.id);
      return [...leading(due, end?.first), ...(between.get(assignment.id) ?? []), ...trailing(due, end?.last)];
    });
    const doubtful = assignments.filter((_, index) => (pairs[index] ?? []).length > 0);
    if (doubtful.length === 0) return assignments.map(() => []);
    const from = pairs.flat().reduce((least, [{ at }]) => Math.min(least, at), Infinity);
    const clues = await cluesOf(read, { ...query, from }, new Set(doubtful.map(({ agentId }) => agentId)));
    return assignments.map(({ agentId }, index) => {
      const found = (pairs[index] ?? []).flatMap(([before, after]) => gapsBetween(before, after, clues(agentId)));
      return found.sort((one, other) => one.from - other.from);
    });
  }

  private async between(query: GapQuery, ends: readonly Ends[]): Promise<ReadonlyMap<number, readonly Pair[]>> {
    const { intervals } = query;
    const shortest = 1000 * intervals.shortestSeconds(query.from, query.to);
    const counted = ends.map(({ assignment, results }) => ({ id: assignment, results }));
    const found: { readonly assignment: number; readonly pair: Pair }[] = [];
    for (const stretches of this.affordable(await this.search.stretches({ ...query, shortest }, counted))) {
      // The result that ends a gap is the first behind the stretch.
      const wider = stretches.map((stretch) => {
        const behind = stretch.to + 2 * Math.max(intervals.at(stretch.from), intervals.at(stretch.to));
        return { ...stretch, to: Math.min(query.to, behind) };
      });
      for (const { assignment, before, after } of await neighboursIn(this.store.read, wider, intervals, GAP_INTERVALS * shortest)) {
        found.push({ assignment, pair: [before, after] });
      }
    }
    const grouped = groupedBy(found, ({ assignment }) => assignment);
    return new Map([...grouped].map(([assignment, pairs]) => [assignment, pairs.map(({ pair }) => pair)]));
  }

  /** Stretches that one statement looks at: as many as do not hold too many results, so that none takes long. */
  private affordable(stretches: readonly Looked[]): Looked[][] {
    const groups: Looked[][] = [];
    let results = Infinity;
    for (const stretch of stretches) {
      results += stretch.results;
      if (results > this.most) {
        groups.push([]);
        results = stretch.results;
      }
      groups.at(-1)?.push(stretch);
    }
    return groups;
  }
}

function dueOf({ from, to }: GapQuery, { dueFrom, dueUntil }: GapAssignment, firstRun: number): Due {
  const since = Math.max(dueFrom, firstRun);
  return { since, from: Math.max(from, since), to: Math.min(to, dueUntil) };
}

/** Up to the first result, or the end where none came. */
function leading(due: Due, first: number | undefined): Pair[] {
  const until = Math.min(due.to, first ?? Infinity);
  return due.from < until ? [[{ at: due.from }, { at: until }]] : [];
}

/** From the last result on, as long as more were due. */
function trailing(due: Due, last: Ends['last']): Pair[] {
  if (!last || last.at >= due.to) return [];
  // A result from before anything was due says nothing of what came after it.
  const from = last.at < due.since ? { at: due.from } : last;
  return from.at < due.to ? [[from, { at: due.to }]] : [];
}
