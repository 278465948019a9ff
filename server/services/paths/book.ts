import { uuidv7 } from 'uuidv7';
import type { Hop } from '../../entities/path.js';
import type { Dialect } from '../store/dialect.js';
import { sideBySide } from '../store/side-by-side.js';
import type { RunSql } from '../store/store.js';
import { mergeHops } from './hops.js';
import type { PathState } from './state.js';
import type { Trace } from './trace.js';

/** By what a way is found: whose it is, where to, how asked for, and its hash. */
export type PathKey = readonly [agentId: string, targetId: string, protocol: string, hash: string];

/** Whose ways follow one another. */
export interface StateKey {
  readonly assignment: number;
  readonly protocol: string;
}

/** What was known with the newest trace, and when that began, ms since 1970. */
export interface KeptState {
  readonly at: number;
  readonly state: PathState;
}

/** A change that is to be stored. */
export type ChangeRow = readonly [
  id: string,
  assignment: number,
  at: number,
  kind: string,
  before: string | null,
  after: string,
  ttl: number,
];

/** A path as it is stored, with what the transaction adds to it. */
interface OpenPath {
  readonly id: string;
  first: number;
  last: number;
  hops: readonly Hop[];
  seen: number;
}

interface PathRow {
  readonly id: string;
  readonly first: number;
  readonly last: number;
  readonly hops: string;
}

const PATH = 'p.id, p.first_seen_at as first, p.last_seen_at as last, p.hops';
// Written so that each row of the list looks one row up, in either database.
const statesOf = ({ rows }: Dialect): string => `select p.assignment, p.protocol, p.at, p.state
  from ${rows({ assignment: 'integer', protocol: 'text' })} v cross join path_state p where p.assignment = v.assignment and p.protocol = v.protocol`;
const pathsOf = ({ values }: Dialect): string => `select ${PATH} from ${values('text')} v cross join path p where p.id = v.value`;
const KNOWN = `select ${PATH} from path p where agent_id = ? and target_id = ? and protocol = ? and hash = ?`;
const INSERT = `insert into path (id, agent_id, target_id, protocol, hash, reached, first_seen_at, last_seen_at, traces, hops)
  values (?, ?, ?, ?, ?, ?, ?, ?, 0, ?) on conflict do nothing`;
const seeOf = ({ rows, greatest }: Dialect): string => `update path as p set traces = p.traces + v.seen,
    hops = case when p.last_seen_at <= v.last then v.hops else p.hops end,
    first_seen_at = case when p.first_seen_at > v.first then v.first else p.first_seen_at end, last_seen_at = ${greatest('p.last_seen_at', 'v.last')}
  from ${rows({ id: 'text', seen: 'integer', first: 'bigint', last: 'bigint', hops: 'text' })} v where p.id = v.id`;
const sightOf = ({ rows, greatest }: Dialect): string => `insert into path_sighting (assignment, path, last_at)
  select * from ${rows({ assignment: 'integer', path: 'text', last_at: 'bigint' })} v where true
  on conflict (assignment, path) do update set last_at = ${greatest('path_sighting.last_at', 'excluded.last_at')}`;
const keepOf = ({ rows }: Dialect): string => `insert into path_state (assignment, protocol, at, state)
  select * from ${rows({ assignment: 'integer', protocol: 'text', at: 'bigint', state: 'text' })} v where true
  on conflict (assignment, protocol) do update set at = excluded.at, state = excluded.state`;
const changeOf = ({
  rows,
}: Dialect): string => `insert into path_change (id, assignment, at, kind, before_path, after_path, first_changed_ttl)
  select * from ${rows({ id: 'text', assignment: 'integer', at: 'bigint', kind: 'text', before: 'text', after: 'text', ttl: 'integer' })} v`;

/** What one transaction reads and changes of paths: read once and written once, however many traces it stores. */
export class PathBook {
  private readonly states = new Map<string, StateKey & KeptState & { changed?: true }>();
  private readonly paths = new Map<string, OpenPath>();
  private readonly idOf = new Map<string, string>();
  private readonly sightings = new Map<string, { readonly assignment: number; readonly path: string; at: number }>();
  private readonly changes: ChangeRow[] = [];

  private constructor(private readonly sql: RunSql) {}

  /** What is known of these, read inside the transaction. */
  static async open(sql: RunSql, keys: readonly StateKey[]): Promise<PathBook> {
    const book = new PathBook(sql);
    const wanted = new Map(keys.map(({ assignment, protocol }) => [nameOf({ assignment, protocol }), [assignment, protocol]]));
    const states = await sql<StateKey & { at: number; state: string }>(statesOf(sql.dialect), [JSON.stringify([...wanted.values()])]);
    const ids = new Set<string>();
    for (const { assignment, protocol, at, state: text } of states) {
      const state = JSON.parse(text) as PathState;
      book.states.set(nameOf({ assignment, protocol }), { assignment, protocol, at, state });
      for (const known of [state.current, state.candidate]) if (known) ids.add(known.path);
    }
    if (ids.size > 0) for (const row of await sql<PathRow>(pathsOf(sql.dialect), [JSON.stringify([...ids])])) book.hold(row);
    return book;
  }

  stateOf(key: StateKey): KeptState | undefined {
    return this.states.get(nameOf(key));
  }

  keep(key: StateKey, kept: KeptState): void {
    this.states.set(nameOf(key), { ...key, ...kept, changed: true });
  }

  /** Counts a way, and stores it where it is new; gives its id. `known`: the path that stands for it already. */
  async see(assignment: number, key: PathKey, known: string | undefined, trace: Trace, at: number): Promise<string> {
    const path = (known === undefined ? undefined : this.paths.get(known)) ?? (await this.byKey(key, trace, at));
    path.seen += 1;
    if (path.last <= at) path.hops = mergeHops(path.hops, trace.hops);
    path.first = Math.min(path.first, at);
    path.last = Math.max(path.last, at);
    const name = `${assignment} ${path.id}`;
    this.sightings.set(name, { assignment, path: path.id, at: Math.max(at, this.sightings.get(name)?.at ?? 0) });
    return path.id;
  }

  note(change: ChangeRow): void {
    this.changes.push(change);
  }

  /** Writes what changed. */
  async close(): Promise<void> {
    // In one order everywhere, so that two servers seldom wait for each other.
    const seen = [...this.paths.values()].filter((path) => path.seen > 0).sort((one, other) => (one.id < other.id ? -1 : 1));
    const kept = [...this.states.values()].filter(({ changed }) => changed);
    await sideBySide(this.sql, [
      this.write(
        seeOf,
        seen.map(({ id, seen: times, first, last, hops }) => [id, times, first, last, JSON.stringify(hops)]),
      ),
      this.write(
        sightOf,
        [...this.sightings.values()].map(({ assignment, path, at }) => [assignment, path, at]),
      ),
      this.write(
        keepOf,
        kept.map(({ assignment, protocol, at, state }) => [assignment, protocol, at, JSON.stringify(state)]),
      ),
      this.write(changeOf, this.changes),
    ]);
  }

  private write(statementOf: (dialect: Dialect) => string, rows: readonly (readonly unknown[])[]): () => Promise<unknown> {
    return () => (rows.length === 0 ? Promise.resolve() : this.sql(statementOf(this.sql.dialect), [JSON.stringify(rows)]));
  }

  private async byKey(key: PathKey, { reached, hops }: Trace, at: number): Promise<OpenPath> {
    const name = key.join(' ');
    const held = this.paths.get(this.idOf.get(name) ?? '');
    if (held) return held;
    const [stored] = await this.sql<PathRow>(KNOWN, key);
    const row = stored ?? (await this.made(key, [reached ? 1 : 0, at, at, JSON.stringify(hops)]));
    this.idOf.set(name, row.id);
    return this.paths.get(row.id) ?? this.hold(row);
  }

  /** At once, not with the rest: another server may store the same way now, and the id is the one that is stored. */
  private async made(key: PathKey, values: readonly unknown[]): Promise<PathRow> {
    await this.sql(INSERT, [uuidv7(), ...key, ...values]);
    const [inserted] = await this.sql<PathRow>(KNOWN, key);
    if (!inserted) throw new Error('a path that was just stored is missing');
    return inserted;
  }

  private hold({ id, first, last, hops }: PathRow): OpenPath {
    const path: OpenPath = { id, first, last, hops: JSON.parse(hops) as Hop[], seen: 0 };
    this.paths.set(id, path);
    return path;
  }
}

function nameOf({ assignment, protocol }: StateKey): string {
  return `${assignment} ${protocol}`;
}
