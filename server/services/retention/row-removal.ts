import type { RunSql, Store } from '../store.js';
import type { OldResults } from './old-results.js';

/** Rows a transaction: short, so that ingest never waits long for the one writer. */
const CHUNK = 150;

// A marked bucket is made from the results in it: they wait for it, however old they are.
const WITH_OLD_RESULTS = `select a.id from assignment a
  where exists (select 1 from result r where r.assignment = a.id and r.at < ?)
    and not exists (select 1 from rollup_dirty d where d.assignment = a.id and d.bucket < ?)`;
/** The start of the last result of a chunk. */
const CUT = `select at from result where assignment = ? and at < ? order by at limit 1 offset ${CHUNK - 1}`;
const DELETE_DETAILS_OF = 'delete from result_detail where seq in (select seq from result where assignment = ? and at <= ?)';
const DELETE_RESULTS = 'delete from result where assignment = ? and at <= ? returning seq';
const UNCOUNT = `update assignment set results = results - ?, last_result = case when last_at <= ? then null else last_result end where id = ?`;

const FIRST_DETAILS = `select d.seq, r.at + r.received as arrived from result_detail d left join result r on r.seq = d.seq
  order by d.seq limit ${CHUNK}`;
const DELETE_DETAILS = 'delete from result_detail where seq <= ?';

/** On SQLite: row by row, in short transactions. */
export class RowRemoval implements OldResults {
  constructor(private readonly store: Store) {}

  async removeResults(before: number, stopped: () => boolean): Promise<number> {
    let removed = 0;
    for (const { id } of await this.store.read<{ id: number }>(WITH_OLD_RESULTS, [before, before])) {
      for (let left = true; left && !stopped();) {
        const count = await this.store.write((sql) => removeChunk(sql, id, before));
        removed += count;
        left = count >= CHUNK;
      }
    }
    return removed;
  }

  /** Details go by the time of their result's arrival: then they are together, and none needs to be looked for. */
  async removeDetails(before: number, stopped: () => boolean): Promise<number> {
    let removed = 0;
    for (let left = true; left && !stopped();) {
      const first = await this.store.read<{ seq: number; arrived: number | null }>(FIRST_DETAILS);
      const young = first.findIndex(({ arrived }) => arrived !== null && arrived >= before);
      const old = young === -1 ? first : first.slice(0, young);
      const last = old.at(-1);
      if (last) await this.store.write((sql) => sql(DELETE_DETAILS, [last.seq]));
      removed += old.length;
      left = old.length === CHUNK;
    }
    return removed;
  }
}

/** The oldest results of an assignment, with what is counted of them. */
async function removeChunk(sql: RunSql, assignment: number, before: number): Promise<number> {
  const [cut] = await sql<{ at: number }>(CUT, [assignment, before]);
  const last = cut?.at ?? before - 1;
  await sql(DELETE_DETAILS_OF, [assignment, last]);
  const gone = await sql(DELETE_RESULTS, [assignment, last]);
  await sql(UNCOUNT, [gone.length, last, assignment]);
  return gone.length;
}
