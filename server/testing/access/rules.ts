import type { World } from './world.js';

/** Who calls. `agent` owns what the calls name, `otherAgent` does not; `apiAdmin` is an API token with the role ADMIN. */
export const CALLERS = ['nobody', 'enrollment', 'agent', 'otherAgent', 'viewer', 'operator', 'admin', 'apiAdmin'] as const;
export type CallerName = (typeof CALLERS)[number];

/** What a caller gets. `hidden`: null in place of a value that others see. */
export type Outcome = 'allowed' | 'hidden' | 'UNAUTHENTICATED' | 'FORBIDDEN' | 'NOT_FOUND';
export type Rule = Readonly<Record<CallerName, Outcome>>;

/** The arguments of a call, made anew for each: what a call destroys is made for it. */
export type Args = (world: World, caller: CallerName) => Record<string, unknown> | Promise<Record<string, unknown>>;

/** Who may call a root field. Without `args`, required arguments get values that name nothing, and being let in is what counts. */
export interface FieldEntry {
  readonly rule: Rule;
  readonly args?: Args;
  /** The call ends the session that it comes with: the person signs in again after it. */
  readonly endsSession?: boolean;
}

/** Who may read a field that has a guard of its own. */
export interface NestedEntry {
  readonly rule: Rule;
  /** An operation by which this caller gets there. A refusal of the way itself counts as one of the field. */
  readonly ask: (world: World, caller: CallerName) => Ask;
}

/** An operation; a subscription's first event is its answer. */
export interface Ask {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
}

const STRANGER = { nobody: 'UNAUTHENTICATED', enrollment: 'FORBIDDEN', agent: 'FORBIDDEN', otherAgent: 'FORBIDDEN' } as const;

function ruleOf(rule: Rule) {
  return (args?: Args, exceptions: Partial<Rule> = {}): FieldEntry => ({ rule: { ...rule, ...exceptions }, args });
}

/** Anyone, signed in or not. */
export const anyone = ruleOf({
  ...{ nobody: 'allowed', enrollment: 'allowed', agent: 'allowed', otherAgent: 'allowed' },
  ...{ viewer: 'allowed', operator: 'allowed', admin: 'allowed', apiAdmin: 'allowed' },
});
/** VIEWER and every higher role. */
export const viewers = ruleOf({ ...STRANGER, viewer: 'allowed', operator: 'allowed', admin: 'allowed', apiAdmin: 'allowed' });
/** OPERATOR and ADMIN. */
export const operators = ruleOf({ ...STRANGER, viewer: 'FORBIDDEN', operator: 'allowed', admin: 'allowed', apiAdmin: 'allowed' });
/** ADMIN alone. */
export const admins = ruleOf({ ...STRANGER, viewer: 'FORBIDDEN', operator: 'FORBIDDEN', admin: 'allowed', apiAdmin: 'allowed' });
const MACHINES_ONLY = { viewer: 'FORBIDDEN', operator: 'FORBIDDEN', admin: 'FORBIDDEN', apiAdmin: 'FORBIDDEN' } as const;
/** Agents, with their own secret. */
export const agents = ruleOf({ ...STRANGER, ...MACHINES_ONLY, agent: 'allowed', otherAgent: 'allowed' });
/** Enrolment tokens. */
export const enrolling = ruleOf({ ...STRANGER, ...MACHINES_ONLY, enrollment: 'allowed' });

/** Everybody whom one of these lets in. */
export function union(...entries: readonly FieldEntry[]): ReadonlySet<CallerName> {
  return new Set(CALLERS.filter((caller) => entries.some(({ rule }) => rule[caller] === 'allowed')));
}
