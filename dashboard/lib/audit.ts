/** What an action of the audit log means, in words that follow who did it: "ada *changed a test*". */
const WORDS: Readonly<Record<string, string>> = {
  'agent.delete': 'removed an agent',
  'agent.describe': 'said what it can measure',
  'agent.register': 'registered an agent',
  'agent.update': 'changed an agent',
  backup: 'made a backup',
  denied: 'lacked the role for',
  export: 'exported results',
  login: 'signed in',
  'login.refused': 'failed to sign in as',
  logout: 'signed out',
  'password.change': 'changed the own password',
  'password.refused': 'gave a wrong current password',
  purge: 'removed what is older than is kept',
  'report.create': 'asked for a report',
  'report.delete': 'deleted a report',
  restore: 'restored a backup',
  'session.end': 'ended a session',
  'session.endAll': 'signed out everywhere',
  'session.endOthers': 'ended all other sessions',
  setUp: 'set the server up',
  'setUp.refused': 'used a wrong set-up link',
  'setting.set': 'changed a setting',
  'test.create': 'made a test',
  'test.delete': 'deleted a test',
  'test.pause': 'paused a test',
  'test.start': 'started a test',
  'test.stop': 'stopped a test',
  'test.update': 'changed a test',
  'token.create': 'made a token',
  'token.regenerate': 'gave a token a new secret',
  'token.revoke': 'revoked a token',
  'token.update': 'renamed a token',
  'user.create': 'let a person in',
  'user.delete': 'deleted a person',
  'user.update': 'changed a person',
};

/** What to filter by: an action with all below it. */
export const ACTION_GROUPS: readonly { readonly value: string; readonly title: string }[] = [
  { value: 'login', title: 'Sign-ins' },
  { value: 'login.refused', title: 'Failed sign-ins' },
  { value: 'denied', title: 'Refused operations' },
  { value: 'test', title: 'Tests' },
  { value: 'agent', title: 'Agents' },
  { value: 'user', title: 'People' },
  { value: 'token', title: 'Tokens' },
  { value: 'setting', title: 'Settings' },
  { value: 'session', title: 'Sessions' },
  { value: 'password', title: 'Passwords' },
  { value: 'export', title: 'Exports' },
  { value: 'report', title: 'Reports' },
];

/** An event as the API gives it. */
export interface AuditedAct {
  readonly action: string;
  readonly subject?: string | null;
  readonly details?: unknown;
}

/** What was done, in words; an action that is newer than this page is shown as it is written. */
export function actionText(action: string): string {
  return WORDS[action] ?? action;
}

/** Who did it, as people know them. What the server does by itself has nobody's name. */
export function actorText(actor: string, remoteAddress: string | null | undefined): string {
  if (actor === 'nobody' && remoteAddress === 'this process') return 'the server';
  return actor === 'nobody' ? 'somebody' : actor.replace(/^user:/, '');
}

/** Something was refused: worth a look. */
export function isRefusal(action: string): boolean {
  return action === 'denied' || action.endsWith('.refused');
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whom or what it was done to, by the name that people know, with the page of it where there is one. */
export function subjectOf({ action, subject, details }: AuditedAct): { readonly text: string; readonly to?: string } | null {
  if (!subject) return null;
  const named = isRecord(details) ? (details.name ?? details.title) : undefined;
  const text = typeof named === 'string' ? named : subject.replace(/^(user|token|agent):/, '');
  const hasPage = (action.startsWith('test.') || action === 'export') && action !== 'test.delete' && ID.test(subject);
  return hasPage ? { text, to: `/tests/${subject}` } : { text };
}

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The rest of what was written down, as pairs of name and value; what the subject says already and what is null is left out. */
export function detailsOf({ details }: AuditedAct): readonly (readonly [string, string])[] {
  if (details === null || details === undefined) return [];
  if (!isRecord(details)) return [['details', valueText(details)]];
  return Object.entries(details)
    .filter(([key, value]) => value !== null && value !== undefined && !['name', 'title', 'id'].includes(key))
    .map(([key, value]) => [key.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase(), valueText(value)] as const);
}

/** A day of `<input type="date">` in the reader's time zone as a moment; `days` later. Null for what is no day. */
export function dayStart(day: string | null, days = 0): string | null {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day ?? '') ?? [];
  if (year === undefined) return null;
  const at = new Date(Number(year), Number(month) - 1, Number(date) + days);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
