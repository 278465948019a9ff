import type { Store } from '../store/store.js';
import { NOTED_MS } from './forms.js';

/** A result is taken in as late as it is kept and as early as 5 minutes ahead: together with what is noted late, and clocks that differ. */
const MARGIN_MS = 2 * NOTED_MS;

// The id holds the start. The newest form stays: SQLite would give its number to the next one, which servers know by it.
const OLDEST = 'select at from result order by id limit 1';
const DELETE_UNUSED = 'delete from run_form where used < ? and id < (select max(id) from run_form) returning id';

/** Removes the forms, of runs and of details, that no result can name any more: all that are left are younger. Returns how many. */
export async function removeUnusedForms(store: Store, now: number): Promise<number> {
  const [oldest] = await store.read<{ at: number }>(OLDEST);
  const gone = await store.write((sql) => sql(DELETE_UNUSED, [Math.min(oldest?.at ?? now, now) - MARGIN_MS]));
  return gone.length;
}
