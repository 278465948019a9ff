import type { Store } from '../store.js';

/** Rows a transaction: short, so that ingest never waits long for the one writer. */
const CHUNK = 500;

// The last word of whether an agent is there, and of whether it may measure, stays: they say how things stood when the time that is kept began.
const DELETE = `delete from agent_event where id in (
    select e.id from agent_event e
    where e.at < ?1 and (${isAnswered("'OFFLINE', 'BACK'")} or ${isAnswered("'DISABLED', 'ENABLED'")} or e.kind not in ('OFFLINE', 'BACK', 'DISABLED', 'ENABLED'))
    limit ${CHUNK})
  returning id`;

/** Whether a word of these kinds is not the last one of its agent. */
function isAnswered(kinds: string): string {
  return `(e.kind in (${kinds}) and exists (
      select 1 from agent_event n where n.agent_id = e.agent_id and n.at < ?1 and n.kind in (${kinds})
        and (n.at > e.at or (n.at = e.at and n.id > e.id))))`;
}

/** Removes what is remembered of agents from before a moment (ms since 1970): it explains gaps between results that are not kept any more. Returns how many rows. */
export async function removeOldEvents(store: Pick<Store, 'write'>, before: number, stopped: () => boolean): Promise<number> {
  let removed = 0;
  for (let left = true; left && !stopped();) {
    const gone = await store.write((sql) => sql(DELETE, [before]));
    removed += gone.length;
    left = gone.length === CHUNK;
  }
  return removed;
}
