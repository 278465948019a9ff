import { describe, expect, it } from 'vitest';
import { fieldsOf } from './schema-form.js';
import {
  draftOf,
  draftProblems,
  NEW_TEST,
  settingErrors,
  splitTargets,
  toTestInput,
  withoutSecrets,
  type TestDefinition,
  type TestDraft,
} from './test-form.js';

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
      description: null,
      targets: ['192.0.2.1', 'example.org:443'],
      topology: 'EACH_TO_TARGETS',
      agentIds: ['a'],
      probes: [{ probe: 'ping', settings: { count: 40 } }],
      schedule: { intervalSeconds: 5, durationSeconds: null, startsAt: null, recurrence: 'ONCE', cron: null, timezone: 'UTC' },
    });
  });

  it('finds the server’s complaints beside the settings that they are about', () => {
    const errors = { 'input.probes.0.settings.count': 'too many', 'input.probes[1].settings.port': 'no such port', 'input.name': 'taken' };
    expect(settingErrors(errors, 0)).toEqual({ count: 'too many' });
    expect(settingErrors(errors, 1)).toEqual({ port: 'no such port' });
  });
});

describe('the form of a test that is there', () => {
  const test: TestDefinition = {
    id: 't',
    name: 'Edge',
    description: 'The old line',
    revision: 3,
    topology: 'MESH',
    agents: [{ id: 'a' }, { id: 'b' }],
    targets: [
      { id: '1', address: '192.0.2.1' },
      { id: '2', address: 'agent:a' },
      { id: '3', address: 'agent:z' },
    ],
    probes: [{ probe: 'http', settings: { ports: [80, 443], password: null, follow: true } }],
    schedule: {
      intervalSeconds: 0.5,
      durationSeconds: 0,
      startsAt: '2026-01-31T12:00:00.123Z',
      cron: '0 3 * * *',
      timezone: 'Europe/Berlin',
      recurrence: 'CONTINUE',
    },
  };
  const settingsSchema = {
    type: 'object',
    properties: {
      ports: { type: 'array', items: { type: 'integer' } },
      password: { type: 'string', writeOnly: true },
      follow: { type: 'boolean', default: false },
    },
  };
  const known = new Map([['http', fieldsOf(settingsSchema)]]);

  it('sends back all that it did not show as it was: the secret left out, which keeps it', () => {
    expect(toTestInput(draftOf(test, known), known)).toEqual({
      name: 'Edge',
      description: 'The old line',
      targets: ['192.0.2.1', 'agent:z'],
      topology: 'MESH',
      agentIds: ['a', 'b'],
      probes: [{ probe: 'http', settings: { ports: [80, 443], follow: true } }],
      schedule: test.schedule,
    });
  });

  it('is stored in the browser without secrets', () => {
    const draft = { ...NEW_TEST, settings: { http: { password: 'p4ss', follow: true } } };
    expect(withoutSecrets(draft, known).settings).toEqual({ http: { follow: true } });
    expect(draft.settings.http.password).toBe('p4ss');
  });

  it('asks for a cron where sessions repeat, and forgets it where they do not', () => {
    expect(draftProblems({ ...draft, recurrence: 'CONTINUE' }, fields)).toEqual({ cron: expect.stringContaining('when') });
    expect(toTestInput({ ...draft, recurrence: 'ONCE', cron: '0 3 * * *' }, fields).schedule.cron).toBeNull();
  });

  it('needs no targets in a mesh', () => {
    expect(draftProblems({ ...draft, topology: 'MESH', targets: '' }, fields)).toEqual({});
  });
});
