import type { SettingKey, SettingValues } from './definitions.js';

/** Settings that must be in this order; `strict`: each less than the next, else it may be as much. */
interface Order {
  readonly keys: readonly NumberKey[];
  readonly strict: boolean;
  readonly because: string;
}

type NumberKey = { [K in SettingKey]: SettingValues[K] extends number ? K : never }[SettingKey];

const ORDERS: readonly Order[] = [
  {
    keys: ['agents.heartbeatSeconds', 'agents.staleAfterSeconds', 'agents.offlineAfterSeconds'],
    strict: true,
    because: 'an agent that reports in time must never seem silent',
  },
  { keys: ['session.idleHours', 'session.hours'], strict: false, because: 'no session is idle for longer than it lasts' },
  { keys: ['retention.detailDays', 'retention.resultDays'], strict: false, because: 'details go with their result' },
  {
    keys: ['retention.resultDays', 'retention.minuteDays', 'retention.hourDays', 'retention.dayDays'],
    strict: false,
    because: 'what is coarser is kept for at least as long',
  },
];

/** What is wrong with a setting beside its neighbours, as a sentence that says what would be right; undefined where nothing is. */
export function orderProblem(values: SettingValues, changed: SettingKey): string | undefined {
  for (const { keys, strict, because } of ORDERS) {
    const at = (keys as readonly SettingKey[]).indexOf(changed);
    const key = keys[at];
    if (key === undefined) continue;
    const [before, after] = [keys[at - 1], keys[at + 1]];
    if (before !== undefined && !inOrder(values[before], values[key], strict)) {
      return `${key} must be ${strict ? 'more than' : 'at least'} ${before}, which is ${values[before]}: ${because}.`;
    }
    if (after !== undefined && !inOrder(values[key], values[after], strict)) {
      return `${key} must be ${strict ? 'less than' : 'at most'} ${after}, which is ${values[after]}: ${because}.`;
    }
  }
  return undefined;
}

function inOrder(less: number, more: number, strict: boolean): boolean {
  return strict ? less < more : less <= more;
}
