import { z } from 'zod';
import { LIMIT_SETTINGS } from '../../limits/settings.js';
import { setting, type SettingDefinition } from './definition.js';

const days = z.number().int().min(1).max(36_600);
const hours = z.number().positive().max(87_600);
const seconds = z.number().min(0.1).max(86_400);

/**
 * Every setting of the installation, by its key. What is added here is stored, checked, listed and shown in the dashboard without more;
 * `internal.` is no beginning of a key, it marks what the server keeps for itself in the same table.
 */
export const SETTINGS = {
  'retention.resultDays': setting(
    'Results',
    'How long each single result is kept, days; on PostgreSQL, which drops whole weeks, up to a week longer.',
    days,
    90,
  ),
  'retention.detailDays': setting(
    'Details',
    'How long the details of a result (flow, what a probe saw) are kept, days; on PostgreSQL up to a week longer.',
    days,
    30,
  ),
  'retention.minuteDays': setting('Minutes', 'How long statistics of a minute are kept, days.', days, 400),
  'retention.hourDays': setting('Hours', 'How long statistics of an hour are kept, days.', days, 1830),
  'retention.dayDays': setting('Days', 'How long statistics of a day are kept, days.', days, 3660),
  'retention.pathDays': setting(
    'Paths',
    'How long a way that traces saw is kept after it was seen last, and a change of it, days.',
    days,
    400,
  ),
  'agents.heartbeatSeconds': setting(
    'Heartbeat',
    'How often agents are asked to report, s; where there are more than some hundreds, less often.',
    seconds,
    (config) => config.heartbeatSeconds,
  ),
  'agents.staleAfterSeconds': setting(
    'Stale after',
    'Silence after which an agent is STALE, s.',
    seconds,
    (config) => config.staleAfterSeconds,
  ),
  'agents.offlineAfterSeconds': setting(
    'Offline after',
    'Silence after which an agent is OFFLINE, s.',
    seconds,
    (config) => config.offlineAfterSeconds,
  ),
  'session.idleHours': setting(
    'Idle sessions',
    'A session that its person does not use for so long ends, hours.',
    hours,
    (config) => config.sessionIdleHours,
  ),
  'session.hours': setting('Sessions', 'A session ends after so long in any case, hours.', hours, (config) => config.sessionHours),
  'metrics.public': setting(
    'Public metrics',
    'Whether everybody may read /metrics, and not API tokens and this machine alone.',
    z.boolean(),
    false,
  ),
  'api.introspection': setting(
    'Introspection',
    'Whether the API tells its schema to those who ask. Off in production by default.',
    z.boolean(),
    () => process.env.NODE_ENV !== 'production',
  ),
  ...LIMIT_SETTINGS,
} satisfies Readonly<Record<string, SettingDefinition<unknown>>>;

/** The key of a setting. */
export type SettingKey = keyof typeof SETTINGS;
/** The value of the setting with this key. */
export type SettingValue<K extends SettingKey> = ReturnType<(typeof SETTINGS)[K]['initial']>;
/** The values of all settings. */
export type SettingValues = { readonly [K in SettingKey]: SettingValue<K> };

/** All keys, in the order of their declaration. */
export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

/** Whether there is a setting with this key. */
export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(SETTINGS, key);
}

/** The definition of a setting, without the type of its value: for what treats all of them alike. */
export function definitionOf(key: SettingKey): SettingDefinition<unknown> {
  return SETTINGS[key] as SettingDefinition<unknown>;
}
