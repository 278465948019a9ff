import { describe, expect, it } from 'vitest';
import { fieldsOf } from './schema-form.js';
import { draftProblems, NEW_TEST, settingErrors, splitTargets, toTestInput, type TestDraft } from './test-form.js';

const fields = new Map([['ping', fieldsOf({ type: 'object', properties: { count: { type: 'integer', minimum: 1, default: 20 } } })]]);
const draft: TestDraft = {
  ...NEW_TEST,
  name: ' Edge ',
  targets: '192.0.2.1\nexample.org:443, 192.0.2.1',
  agentIds: ['a'],
  probes: ['ping'],
};

describe('the form of a new test', () => {
  it('takes targets with lines, commas or spaces between them, each once', () => {
    expect(splitTargets(draft.targets)).toEqual(['192.0.2.1', 'example.org:443']);
  });

  it('says what is missing, by field', () => {
    expect(Object.keys(draftProblems({ ...NEW_TEST, probes: [] }, fields))).toEqual(['name', 'targets', 'agentIds', 'probes']);
    expect(draftProblems(draft, fields)).toEqual({});
  });

  it('points at the probe whose settings are wrong', () => {
    expect(draftProblems({ ...draft, settings: { ping: { count: '0' } } }, fields).settings).toContain('ping');
  });

  it('becomes the input of createTest, with only the settings that were changed', () => {
    expect(toTestInput({ ...draft, settings: { ping: { count: '40' } } }, fields)).toEqual({
      name: 'Edge',
      targets: ['192.0.2.1', 'example.org:443'],
      agentIds: ['a'],
      probes: [{ probe: 'ping', settings: { count: 40 } }],
      schedule: { intervalSeconds: 5, durationSeconds: null },
    });
  });

  it('finds the server’s complaints beside the settings that they are about', () => {
    const errors = { 'input.probes.0.settings.count': 'too many', 'input.probes[1].settings.port': 'no such port', 'input.name': 'taken' };
    expect(settingErrors(errors, 0)).toEqual({ count: 'too many' });
    expect(settingErrors(errors, 1)).toEqual({ port: 'no such port' });
  });
});
