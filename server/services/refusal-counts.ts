import { NOBODY } from '../identity.js';
import type { Orm } from '../orm.js';
import type { AuditEntry, AuditService } from './audit.js';
import { sqlOf, type RunSql, type Store } from './store.js';
import type { Dialect } from './store/dialect.js';
import type { Transactions } from './store/transactions.js';

/** How often something was refused again after it was told. */
export interface RefusalCount {
  /** A UUID of its own. */
  readonly id: string;
  readonly remoteAddress: string;
  readonly entry: AuditEntry & { readonly actor: string };
  readonly since: Date;
  readonly further: number;
}

/** A count that was begun. */
export interface RefusalCounting extends RefusalCount {
  /** What of it is in the database. */
  readonly kept: number;
}

/** A server tells its counts after a minute. So long after their beginning they are left, and any server tells them, ms. */
export const LEFT_AFTER_MS = 180_000;

/** A count as the database keeps it. Times in ms since 1970. */
interface Kept {
  readonly id: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string | null;
  readonly remoteAddress: string;
  readonly since: number;
  readonly further: number;
}

const COLUMNS = { id: 'text', actor: 'text', action: 'text', subject: 'text', remote_address: 'text' } as const;
const NUMBERS = { since: 'bigint', due: 'bigint', further: 'integer' } as const;
const NAMES = Object.keys({ ...COLUMNS, ...NUMBERS }).join(', ');
const KEPT = 'id, actor, action, subject, remote_address as "remoteAddress", since, further';

const keepOf = ({
  rows,
}: Dialect): string => `insert into refusal_count (${NAMES}) select ${NAMES} from ${rows({ ...COLUMNS, ...NUMBERS })} v where true
  on conflict (id) do update set further = excluded.further`;
const KEPT_ROWS = `select ${KEPT} from refusal_count`;
const REMOVE = 'delete from refusal_count where id = ?';

/** What counts are kept with. */
export interface RefusalCountsDeps {
  readonly orm: Pick<Orm, 'em'>;
  readonly store: Store;
  readonly transactions: Transactions;
  readonly audit: AuditService;
}

/**
 * Counts that are not in the audit log yet, which takes no changes: kept in a table until one event tells them. Whoever tells a count removes it in the same
 * transaction, so that it is told once, also where its server was killed.
 */
export class RefusalCounts {
  constructor(private readonly deps: RefusalCountsDeps) {}

  /** Keeps counts as they stand now. */
  async keep(counts: readonly RefusalCount[]): Promise<void> {
    const rows = counts.map(({ id, remoteAddress, entry, since, further }) => {
      const { actor, action, subject = null } = entry;
      return [id, actor, action, subject, remoteAddress, since.getTime(), since.getTime() + LEFT_AFTER_MS, further];
    });
    await this.deps.store.change(keepOf(this.deps.store.change.dialect), [JSON.stringify(rows)]);
  }

  /** Writes an event for each. Where what was kept of it is not there any more, another server told that. */
  async tell(counts: readonly RefusalCounting[]): Promise<void> {
    await this.write(async (sql) => {
      const { values } = sql.dialect;
      const taken = await taking(sql, `id in ${values('text')}`, JSON.stringify(counts.map(({ id }) => id)));
      const mine = new Set(taken.map(({ id }) => id));
      return counts.map((count) => ({ ...count, further: count.further - (mine.has(count.id) ? 0 : count.kept) }));
    });
  }

  /** Tells what was left by servers that are not there any more. */
  async tellLeft(now: Date): Promise<void> {
    await this.write(async (sql) => {
      const left = await taking(sql, 'due < ?', now.getTime());
      return left.map(({ id, actor, action, subject, remoteAddress, since, further }) => {
        const entry = { actor, action, ...(subject === null ? {} : { subject }) };
        return { id, remoteAddress, entry, since: new Date(Number(since)), further };
      });
    });
  }

  private async write(take: (sql: RunSql) => Promise<RefusalCount[]>): Promise<void> {
    const { orm, transactions, audit } = this.deps;
    await transactions.run(orm.em.fork(), async (em) => {
      for (const { remoteAddress, entry, since, further } of await take(sqlOf(em))) {
        if (further > 0) audit.add({ em, identity: NOBODY, remoteAddress }, { ...entry, details: { further, since } });
      }
    });
  }
}

/** Removes what meets a condition, and says what that was: of two that do it at once one gets each row. */
async function taking(sql: RunSql, condition: string, binding: unknown): Promise<Kept[]> {
  const rows = await sql<Kept>(`${KEPT_ROWS} where ${condition} order by id ${sql.dialect.lock('refusal_count')}`, [binding]);
  for (const { id } of rows) await sql(REMOVE, [id]);
  return rows;
}
