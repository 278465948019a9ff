import type { TestDraft } from './test-form.js';

/** A field that two people changed, each to something else: what the other one made of it. */
export interface Clash {
  readonly label: string;
  readonly theirs: string;
}

/** What comes of taking over somebody else's changes without losing one's own. */
export interface Merged {
  readonly draft: TestDraft;
  /** What both changed: one's own stands in the draft. */
  readonly clashes: readonly Clash[];
  /** The names of what was taken over. */
  readonly taken: readonly string[];
}

type Field = Exclude<keyof TestDraft, 'settings'>;

const LABELS: Readonly<Record<Field, string>> = {
  name: 'Name',
  description: 'Description',
  targets: 'Targets',
  agentIds: 'Agents',
  topology: 'Who measures to whom',
  probes: 'What to measure',
  interval: 'Every',
  duration: 'For',
  startsAt: 'First start',
  recurrence: 'Repeats',
  cron: 'Cron',
  timezone: 'Time zone',
};
const FIELDS = Object.keys(LABELS) as Field[];

/** All of a draft is text, true and false, in lists and objects; it may be reactive, which `structuredClone` refuses. */
const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Which of the three holds; theirs only where I left it as it was. */
function choose<T>(base: T, mine: T, theirs: T): { value: T; outcome: 'same' | 'taken' | 'clash' } {
  if (same(mine, theirs) || same(base, theirs)) return { value: mine, outcome: 'same' };
  return same(base, mine) ? { value: theirs, outcome: 'taken' } : { value: mine, outcome: 'clash' };
}

const text = (value: unknown): string =>
  value === undefined || value === '' ? 'nothing' : Array.isArray(value) ? value.join(', ') : String(value);

const keysOf = (one: object = {}, other: object = {}): string[] => [...new Set([...Object.keys(one), ...Object.keys(other)])];

/**
 * Takes what somebody else changed since `base` into what I typed. What only they changed is theirs, all else is mine; settings are compared one by one.
 * `nameOf` gives an agent's name for its id.
 */
export function mergeDraft(base: TestDraft, mine: TestDraft, theirs: TestDraft, nameOf: (agentId: string) => string): Merged {
  const draft = copyOf(mine);
  const clashes: Clash[] = [];
  const taken: string[] = [];
  const note = (outcome: string, label: string, value: unknown): void => {
    if (outcome === 'taken') taken.push(label);
    if (outcome === 'clash') clashes.push({ label, theirs: text(value) });
  };
  for (const field of FIELDS) {
    const { value, outcome } = choose<unknown>(base[field], mine[field], theirs[field]);
    Object.assign(draft, { [field]: copyOf(value) });
    note(outcome, LABELS[field], field === 'agentIds' ? theirs.agentIds.map(nameOf) : theirs[field]);
  }
  for (const probe of keysOf(mine.settings, theirs.settings)) {
    const [before, own, other] = [base, mine, theirs].map(({ settings }) => settings[probe] ?? {});
    const chosen = keysOf(own, other).map((key) => ({ key, ...choose(before?.[key], own?.[key], other?.[key]) }));
    for (const { key, outcome } of chosen) note(outcome, `${probe}: ${key}`, other?.[key]);
    const set = chosen.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value] as const]));
    draft.settings[probe] = Object.fromEntries(set);
  }
  return { draft, clashes, taken };
}
