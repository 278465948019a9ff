import { describe, expect, it } from 'vitest';
import { mergeDraft } from './merge-draft.js';
import { NEW_TEST, type TestDraft } from './test-form.js';

const base: TestDraft = { ...NEW_TEST, name: 'Edge', agentIds: ['a'], settings: { ping: { count: '20', gap: '10' } } };
const nameOf = (id: string): string => ({ a: 'Attic', b: 'Barn', c: 'Cellar' })[id] ?? id;

describe('taking over what somebody else changed', () => {
  it('takes what only they changed, and keeps what I typed', () => {
    const { draft, taken, clashes } = mergeDraft(base, { ...base, name: 'Edge, mine' }, { ...base, interval: '60' }, nameOf);
    expect(draft).toEqual({ ...base, name: 'Edge, mine', interval: '60' });
    expect(taken).toEqual(['Every']);
    expect(clashes).toEqual([]);
  });

  it('keeps mine where both changed the same, and says what theirs is', () => {
    const { draft, clashes } = mergeDraft(base, { ...base, agentIds: ['a', 'b'] }, { ...base, agentIds: ['c'] }, nameOf);
    expect(draft.agentIds).toEqual(['a', 'b']);
    expect(clashes).toEqual([{ label: 'Agents', theirs: 'Cellar' }]);
  });

  it('is no clash where both changed it to the same', () => {
    const both = { ...base, duration: '600' };
    expect(mergeDraft(base, both, both, nameOf)).toEqual({ draft: both, taken: [], clashes: [] });
  });

  it('compares settings one by one; one that they took back to its default is taken back', () => {
    const mine = { ...base, settings: { ping: { count: '40', gap: '10' } } };
    const { draft, taken } = mergeDraft(base, mine, { ...base, settings: { ping: { count: '20' }, dns: { name: 'a.example' } } }, nameOf);
    expect(draft.settings).toEqual({ ping: { count: '40' }, dns: { name: 'a.example' } });
    expect(taken).toEqual(['ping: gap', 'dns: name']);
  });

  it('changes none of the three', () => {
    const mine = { ...base, targets: 'a.example' };
    mergeDraft(base, mine, { ...base, probes: ['dns'] }, nameOf).draft.probes.push('http');
    expect([base.probes, mine.probes]).toEqual([NEW_TEST.probes, NEW_TEST.probes]);
  });
});
