import type { SettingsService } from '../settings/settings.js';
import type { Store } from '../store/store.js';

const DAY_MS = 86_400_000;
/** Rows a transaction: short, so that ingest never waits long for the one writer. */
const CHUNK = 200;

/** In this order: a path goes when nothing tells of it any more. */
const REMOVALS = [
  `delete from path_change where id in (select id from path_change where at < ? limit ${CHUNK}) returning 1 as gone`,
  `delete from path_state where (assignment, protocol) in (select assignment, protocol from path_state where at < ? limit ${CHUNK}) returning 1 as gone`,
  `delete from path_sighting where (assignment, path) in (select s.assignment, s.path from path p join path_sighting s on s.path = p.id
    where p.last_seen_at < ? and not exists (select 1 from path_change c where c.before_path = p.id or c.after_path = p.id) limit ${CHUNK}) returning 1 as gone`,
  `delete from path where id in (select p.id from path p where p.last_seen_at < ?
    and not exists (select 1 from path_sighting s where s.path = p.id) limit ${CHUNK}) returning 1 as gone`,
];

/** Removes the ways that nobody saw for as long as the setting `retention.pathDays` says, and changes as old as that; a way that a younger change tells of stays with it. */
export class OldPaths {
  constructor(
    private readonly store: Pick<Store, 'write'>,
    private readonly settings: Pick<SettingsService, 'get'>,
  ) {}

  /** Removes what is too old at `now`, ms since 1970. */
  async remove(now: number, signal?: AbortSignal): Promise<void> {
    const before = now - this.settings.get('retention.pathDays') * DAY_MS;
    for (const removal of REMOVALS) {
      let gone = CHUNK;
      while (gone === CHUNK && signal?.aborted !== true) gone = (await this.store.write((sql) => sql(removal, [before]))).length;
    }
  }
}
