import { pino } from 'pino';
import type { ServerConfig } from '../../config.js';
import { openDatabase } from '../../db.js';
import { dialectOf } from '../../services/store/dialect.js';

/** What can be killed, and started again on the same data at the same address. */
export interface Victim {
  readonly name: string;
  /** Whether no session can be opened while it is away. */
  readonly needed: boolean;
  kill(): Promise<void>;
  /** Resolves when it runs again. */
  start(): Promise<void>;
}

/** An installation of which any part may be killed. */
export interface Fleet {
  /** Where agents and people find it. */
  readonly url: string;
  /** The link for the first administrator, and the server that printed it. */
  readonly setUp: { readonly url: string; readonly setupUrl: string | null };
  readonly victims: readonly Victim[];
  /** Ends the servers, and tells what the database holds. */
  stored(): Promise<Stored>;
  remove(): Promise<void>;
}

/** A time without what was needed, ms since 1970. */
export interface Absence {
  readonly from: number;
  readonly to: number;
}

/** One change of a piece of periodic work's turn, as PostgreSQL logged it; times in ms since 1970, by its clock. */
export interface TurnChange {
  readonly name: string;
  readonly at: number;
  readonly holder: string | null;
  readonly occurrences: number;
  /** What stood there before. */
  readonly before: { readonly holder: string | null; readonly heldUntil: number; readonly dueAt: number; readonly occurrences: number };
}

/** What a database holds of results, of the sessions that are tests of their own, and of periodic work. */
export interface Stored {
  /** Ids of all results, in hexadecimal digits. */
  readonly resultIds: readonly string[];
  /** How many results all assignments count. */
  readonly counted: number;
  /** When the sessions that are tests of their own were opened, ms since 1970, in order. */
  readonly childrenAt: readonly number[];
  /** In order; none on SQLite, where one process does all. */
  readonly turns: readonly TurnChange[];
}

/** Looks into a database that no server needs to serve. */
export async function storedIn(place: Pick<ServerConfig, 'data' | 'databaseUrl'>): Promise<Omit<Stored, 'turns'>> {
  const orm = await openDatabase(place, pino({ level: 'silent' }), { migrate: false });
  try {
    const em = orm.em.fork();
    const results = await em.execute<{ id: string }[]>(`select ${dialectOf(em).hexFromId('id')} as id from result`);
    const [counted] = await em.execute<{ results: number | string }[]>('select sum(results) as results from assignment');
    const children = await em.execute<{ at: number | string | Date }[]>(
      'select started_at as at from test where parent_id is not null and started_at is not null',
    );
    return {
      resultIds: results.map(({ id }) => id),
      counted: Number(counted?.results ?? 0),
      childrenAt: children.map(({ at }) => new Date(at).getTime()).sort((one, other) => one - other),
    };
  } finally {
    await orm.close(true);
  }
}
