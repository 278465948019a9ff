import { describe, expect, it } from 'vitest';
import { ACTION_GROUPS, actionText, actorText, dayStart, detailsOf, isRefusal, subjectOf } from './audit.js';

const TEST = '019a0000-0000-7000-8000-000000000001';

describe('the audit log for people', () => {
  it('says what was done; what it does not know it shows as it is written', () => {
    expect(actionText('test.update')).toBe('changed a test');
    expect(actionText('moon.landing')).toBe('moon.landing');
    expect(new Set(ACTION_GROUPS.map(({ value }) => value)).size).toBe(ACTION_GROUPS.length);
  });

  it('names who did it: people by their name alone, the server where nobody asked it, somebody where nobody was signed in', () => {
    expect(actorText('user:ada', '192.0.2.1')).toBe('ada');
    expect(actorText('token:ci', '192.0.2.1')).toBe('token:ci');
    expect([actorText('nobody', 'this process'), actorText('nobody', '192.0.2.1')]).toEqual(['the server', 'somebody']);
  });

  it('marks what was refused', () => {
    expect(['denied', 'login.refused', 'login'].map(isRefusal)).toEqual([true, true, false]);
  });

  it('names the subject as people know it, and leads to a test that is still there', () => {
    expect(subjectOf({ action: 'test.update', subject: TEST, details: { name: 'Edge' } })).toEqual({ text: 'Edge', to: `/tests/${TEST}` });
    expect(subjectOf({ action: 'test.delete', subject: TEST, details: { name: 'Edge' } })).toEqual({ text: 'Edge' });
    expect(subjectOf({ action: 'user.create', subject: 'user:grace', details: { role: 'VIEWER' } })).toEqual({ text: 'grace' });
    expect(subjectOf({ action: 'logout', subject: null })).toBeNull();
  });

  it('shows the rest as pairs, without what is said already and what is null', () => {
    const details = { name: 'Edge', id: TEST, roleBefore: 'VIEWER', role: null, after: { a: 1 } };
    expect(detailsOf({ action: 'user.update', details })).toEqual([
      ['role before', 'VIEWER'],
      ['after', '{"a":1}'],
    ]);
    expect(detailsOf({ action: 'logout' })).toEqual([]);
  });

  it('takes a day from its first moment, by the clock of whoever reads', () => {
    expect(dayStart('2026-03-01')).toBe(new Date(2026, 2, 1).toISOString());
    expect(dayStart('2026-02-28', 1)).toBe(new Date(2026, 2, 1).toISOString());
    expect([dayStart(null), dayStart('yesterday'), dayStart('')]).toEqual([null, null, null]);
  });
});
