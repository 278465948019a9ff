import type { Level } from '../rollups/levels.js';
import type { SettingsService } from '../settings/settings.js';

const DAY_MS = 86_400_000;

/** The part of the settings that says how long what is kept. */
export type RetentionSettings = Pick<SettingsService, 'get'>;

/** How far back results are accepted, ms. */
export function acceptedMs(settings: RetentionSettings): number {
  return settings.get('retention.resultDays') * DAY_MS;
}

/**
 * Since when rows are kept at the moment `now`, ms since 1970: those of a level, or raw results where it is undefined. Always the start of a UTC day.
 * Raw results are kept a day longer than they are accepted, so that every bucket that a late one falls into can still be made from all of its results.
 */
export function keptSince(settings: RetentionSettings, level: Level | undefined, now: number): number {
  return startOfDay(now - (level ? settings.get(`retention.${level.name}Days`) : settings.get('retention.resultDays') + 1) * DAY_MS);
}

/** Details that arrived before this are not kept any more, ms since 1970. */
export function detailsKeptSince(settings: RetentionSettings, now: number): number {
  return startOfDay(now - settings.get('retention.detailDays') * DAY_MS);
}

function startOfDay(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS;
}
