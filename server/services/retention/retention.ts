import type { Store } from '../store.js';
import { LEVELS, type Level } from '../rollups/levels.js';
import { detailsKeptSince, keptSince, type RetentionSettings } from './limits.js';
import { removeOldEvents } from './old-events.js';
import { removeUnusedForms } from '../results/unused-forms.js';
import type { OldResults } from './old-results.js';

/** Rows a transaction: short, so that ingest never waits long for the one writer. */
const ROLLUPS_A_CHUNK = 100;

const WITH_OLD_ROLLUPS =
  'select a.id from assignment a where exists (select 1 from rollup r where r.assignment = a.id and r.level = ? and r.bucket < ?)';
const DELETE_ROLLUPS = `delete from rollup where id in
  (select id from rollup where assignment = ? and level = ? and bucket < ? limit ${ROLLUPS_A_CHUNK}) returning id`;

/** What a run removed, in rows. */
export interface Removed {
  results: number;
  details: number;
  rollups: number;
  /** What is remembered of agents. */
  events: number;
  /** What runs, or their details, had in common, and no result does any more. */
  forms: number;
}

/**
 * Removes what is older than the settings say, in short transactions. Nothing is removed within its time. `assignment.results` counts the results that are
 * kept, so `totalCount` is what a walk through all pages finds; `session_results`, which progress is made of, counts what came.
 */
export class RetentionService {
  constructor(
    private readonly store: Store,
    private readonly settings: RetentionSettings,
    private readonly oldResults: OldResults,
  ) {}

  /** Removes what is too old at `now`, ms since 1970. */
  async run(now: number, signal?: AbortSignal): Promise<Removed> {
    const removed = { results: 0, details: 0, rollups: 0, events: 0, forms: 0 };
    const stopped = (): boolean => signal?.aborted === true;
    removed.details += await this.oldResults.removeDetails(detailsKeptSince(this.settings, now), stopped);
    removed.results += await this.oldResults.removeResults(keptSince(this.settings, undefined, now), stopped);
    for (const level of LEVELS) removed.rollups += await this.removeRollups(level, keptSince(this.settings, level, now), stopped);
    removed.events += await removeOldEvents(this.store, keptSince(this.settings, undefined, now), stopped);
    if (!stopped()) removed.forms += await removeUnusedForms(this.store, now);
    return removed;
  }

  private async removeRollups(level: Level, before: number, stopped: () => boolean): Promise<number> {
    let removed = 0;
    for (const { id } of await this.store.read<{ id: number }>(WITH_OLD_ROLLUPS, [level.id, before])) {
      for (let left = true; left && !stopped();) {
        const gone = await this.store.write((sql) => sql(DELETE_ROLLUPS, [id, level.id, before]));
        removed += gone.length;
        left = gone.length === ROLLUPS_A_CHUNK;
      }
    }
    return removed;
  }
}
