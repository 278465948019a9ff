import { Path, type Hop } from '../../entities/path.js';
import { PathChange, PathChangeKind } from '../../entities/path-change.js';
import type { Store } from '../store/store.js';

/** What is looked for; left out is not limited. */
export interface PathFilter {
  readonly testId?: string | null;
  readonly agentId?: string | null;
  readonly targetId?: string | null;
  readonly from?: Date | null;
  readonly to?: Date | null;
}

interface PathRow {
  readonly id: string;
  readonly agentId: string;
  readonly targetId: string;
  readonly protocol: string;
  readonly hash: string;
  readonly reached: number;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly traces: number;
  readonly hops: string;
}

interface ChangeRow {
  readonly id: string;
  readonly at: number;
  readonly kind: string;
  readonly before: string | null;
  readonly after: string;
  readonly ttl: number;
}

/** A change with the ids of its paths. */
export interface FoundChange {
  readonly change: Pick<PathChange, 'id' | 'at' | 'kind' | 'firstChangedTtl'>;
  readonly before: string | null;
  readonly after: string;
}

const COLUMNS = `p.id, p.agent_id as "agentId", p.target_id as "targetId", p.protocol, p.hash, p.reached, p.first_seen_at as "firstSeenAt",
  p.last_seen_at as "lastSeenAt", p.traces, p.hops`;
// A path that only deleted tests saw is gone with them.
const SEEN = `exists (select 1 from path_sighting s join assignment a on a.id = s.assignment join test t on t.id = a.test_id
  where s.path = p.id and t.deleted_at is null`;
const CHANGES = `from path_change c join assignment a on a.id = c.assignment join test t on t.id = a.test_id where t.deleted_at is null`;

/** Conditions with their bindings, those that are wanted. */
function wanted(conditions: readonly (readonly [text: string, value: string | number | null | undefined])[]): {
  text: string;
  values: unknown[];
} {
  const given = conditions.filter(([, value]) => value !== null && value !== undefined);
  return { text: given.map(([text]) => ` and ${text}`).join(''), values: given.map(([, value]) => value) };
}

/** Reads paths and their changes. */
export class PathReader {
  constructor(private readonly store: Pick<Store, 'read'>) {}

  /** Up to `limit` paths, newest first by when they were first stored, after the one with the id `after`. */
  async paths(filter: PathFilter, limit: number, after: string | null): Promise<Path[]> {
    const { text, values } = this.ofPaths(filter);
    const more = after === null ? '' : ' and p.id < ?';
    const query = `select ${COLUMNS} from path p where ${text}${more} order by p.id desc limit ?`;
    return (await this.store.read<PathRow>(query, [...values, ...(after === null ? [] : [after]), limit])).map(pathOf);
  }

  async countPaths(filter: PathFilter): Promise<number> {
    const { text, values } = this.ofPaths(filter);
    const [row] = await this.store.read<{ n: number }>(`select count(*) as n from path p where ${text}`, values);
    return row?.n ?? 0;
  }

  /** The paths with these ids; undefined where one is gone. */
  async byIds(ids: readonly string[]): Promise<(Path | undefined)[]> {
    const query = `select ${COLUMNS} from path p where p.id in ${this.store.read.dialect.values('text')}`;
    const found = new Map((await this.store.read<PathRow>(query, [JSON.stringify(ids)])).map((row) => [row.id, pathOf(row)]));
    return ids.map((id) => found.get(id));
  }

  /** Up to `limit` changes, newest first, after the one with the id `after`. */
  async changes(filter: PathFilter, limit: number, after: string | null): Promise<FoundChange[]> {
    const { text, values } = ofChanges(filter);
    const more = after === null ? '' : ' and c.id < ?';
    const query = `select c.id, c.at, c.kind, c.before_path as before, c.after_path as "after", c.first_changed_ttl as ttl
      ${CHANGES}${text}${more} order by c.id desc limit ?`;
    return (await this.store.read<ChangeRow>(query, [...values, ...(after === null ? [] : [after]), limit])).map(changeOf);
  }

  async countChanges(filter: PathFilter): Promise<number> {
    const { text, values } = ofChanges(filter);
    const [row] = await this.store.read<{ n: number }>(`select count(*) as n ${CHANGES}${text}`, values);
    return row?.n ?? 0;
  }

  /** The change with this id. */
  async change(id: string): Promise<FoundChange | undefined> {
    const query = `select c.id, c.at, c.kind, c.before_path as before, c.after_path as "after", c.first_changed_ttl as ttl ${CHANGES} and c.id = ?`;
    const [row] = await this.store.read<ChangeRow>(query, [id]);
    return row && changeOf(row);
  }

  private ofPaths({ testId, agentId, targetId, from, to }: PathFilter): { text: string; values: unknown[] } {
    const seen = wanted([['a.test_id = ?', testId]]);
    const rest = wanted([
      ['p.agent_id = ?', agentId],
      ['p.target_id = ?', targetId],
      ['p.last_seen_at >= ?', from?.getTime()],
      ['p.first_seen_at < ?', to?.getTime()],
    ]);
    return { text: `${SEEN}${seen.text})${rest.text}`, values: [...seen.values, ...rest.values] };
  }
}

function ofChanges({ testId, agentId, targetId, from, to }: PathFilter): { text: string; values: unknown[] } {
  return wanted([
    ['a.test_id = ?', testId],
    ['a.agent_id = ?', agentId],
    ['a.target_id = ?', targetId],
    ['c.at >= ?', from?.getTime()],
    ['c.at < ?', to?.getTime()],
  ]);
}

function pathOf({ reached, firstSeenAt, lastSeenAt, hops, ...rest }: PathRow): Path {
  const times = { firstSeenAt: new Date(firstSeenAt), lastSeenAt: new Date(lastSeenAt) };
  return Object.assign(new Path(), rest, times, { reached: reached === 1, hops: JSON.parse(hops) as Hop[] });
}

function changeOf({ id, at, kind, before, after, ttl }: ChangeRow): FoundChange {
  return { change: { id, at: new Date(at), kind: PathChangeKind[kind as PathChangeKind], firstChangedTtl: ttl }, before, after };
}
