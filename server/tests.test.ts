import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import type { HttpClient } from './testing/client.js';
import {
  CREATE_TEST,
  createTest,
  Events,
  readTest,
  resultInput,
  submit,
  testInput,
  TEST_FIELDS,
  tideAgent,
  type SeenTest,
  type TideAgent,
} from './testing/measuring.js';
import { setUpAdmin, withApiToken } from './testing/people.js';

describe('a test', () => {
  let app: TestApp;
  let admin: HttpClient;
  let attic: TideAgent;
  let cellar: TideAgent;

  beforeAll(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
    attic = await tideAgent(app, 'Attic', { addresses: ['127.0.0.2'] });
    cellar = await tideAgent(app, 'Cellar', { addresses: ['127.0.0.3'] });
  });
  afterAll(() => app.end());

  const change = async (name: string, id: string): Promise<SeenTest> =>
    (await admin.data<Record<string, SeenTest>>(`mutation ($id: ID!) { ${name}(id: $id) { ${TEST_FIELDS} } }`, { id }))[name] as SeenTest;
  const problems = async (overrides: Record<string, unknown>): Promise<unknown> => {
    const { errors } = await admin.send(CREATE_TEST, { input: testInput([attic.id], overrides) });
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    return (errors?.[0]?.extensions.fields as { path: string }[]).map(({ path }) => path);
  };

  it('runs at once, with an assignment for each agent and target', async () => {
    const test = await createTest(admin, testInput([attic.id, cellar.id], { targets: ['a.example', '[::1]:80', 'https://c.example/x'] }));
    expect(test.status).toBe('RUNNING');
    expect(test.startedAt).not.toBeNull();
    expect(test.targets.map(({ kind, host, port }) => ({ kind, host, port }))).toEqual([
      { kind: 'HOST', host: 'a.example', port: null },
      { kind: 'HOST', host: '::1', port: 80 },
      { kind: 'URL', host: 'c.example', port: 443 },
    ]);
    expect(test.assignments.totalCount).toBe(6);
    expect(new Set(test.assignments.nodes.map(({ status }) => status))).toEqual(new Set(['ASSIGNED']));
    expect(test.progress).toEqual({ percent: 0, expectedResults: null, receivedResults: 0, endsAt: null });
  });

  it('says which agents were chosen, in a mesh of one as well, which has nobody to measure', async () => {
    const agentsOf = async (id: string): Promise<unknown> =>
      (await admin.data<{ test: unknown }>('query ($id: ID!) { test(id: $id) { agents { name } assignments { totalCount } } }', { id }))
        .test;
    const both = await createTest(admin, testInput([cellar.id, attic.id], { targets: ['a.example'] }));
    expect(await agentsOf(both.id)).toEqual({ agents: [{ name: 'Cellar' }, { name: 'Attic' }], assignments: { totalCount: 2 } });
    const alone = await createTest(admin, testInput([attic.id], { targets: [], topology: 'MESH' }));
    expect(await agentsOf(alone.id)).toEqual({ agents: [{ name: 'Attic' }], assignments: { totalCount: 0 } });
  });

  it('is a DRAFT without agents, and SCHEDULED before its time', async () => {
    expect((await createTest(admin, testInput([]))).status).toBe('DRAFT');
    const startsAt = new Date(Date.now() + 3_600_000).toISOString();
    const later = await createTest(admin, testInput([attic.id], { schedule: { intervalSeconds: 5, startsAt } }));
    expect(later).toMatchObject({ status: 'SCHEDULED', startedAt: null, schedule: { nextRunAt: startsAt } });
    const nightly = { intervalSeconds: 5, durationSeconds: 60, cron: '0 3 * * *', timezone: 'Europe/Berlin', recurrence: 'CONTINUE' };
    const { schedule } = await createTest(admin, testInput([attic.id], { schedule: nightly }));
    const hour = new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone: 'Europe/Berlin' });
    expect(hour.format(new Date(schedule.nextRunAt ?? ''))).toBe('03');
  });

  it('measures between agents: every one to every other in a MESH, at the address that it has', async () => {
    const mesh = await createTest(admin, testInput([attic.id, cellar.id], { targets: [], topology: 'MESH' }));
    const pairs = mesh.assignments.nodes.map(({ agent, target }) => [agent.id, target.address]);
    expect(pairs.sort()).toEqual(
      [
        [attic.id, `agent:${cellar.id}`],
        [cellar.id, `agent:${attic.id}`],
      ].sort(),
    );
    expect(mesh.targets.map(({ host }) => host).sort()).toEqual(['127.0.0.2', '127.0.0.3']);
  });

  it('says which field of its definition is wrong', async () => {
    expect(await problems({ targets: ['ok.example', 'http://'] })).toEqual(['input.targets.1']);
    expect(await problems({ probes: [{ probe: 'tide', settings: { count: 0, colour: 'red' } }] })).toEqual(
      expect.arrayContaining(['input.probes.0.settings.colour', 'input.probes.0.settings.count']),
    );
    expect(await problems({ probes: [{ probe: 'unknown' }] })).toEqual(['input.probes.0.probe']);
    expect(await problems({ agentIds: ['nobody'] })).toEqual(['input.agentIds.0']);
    expect(await problems({ schedule: { intervalSeconds: 0, cron: '61 * * * *', timezone: 'UTC' } })).toEqual(
      expect.arrayContaining(['input.schedule.intervalSeconds', 'input.schedule.cron']),
    );
    expect(await problems({ schedule: { intervalSeconds: 1, timezone: 'Moon/Base' } })).toEqual(['input.schedule.timezone']);
  });

  it('is not made by a viewer', async () => {
    const viewer = await withApiToken(app, admin, 'VIEWER');
    expect(await viewer.code(CREATE_TEST, { input: testInput([attic.id]) })).toBe('FORBIDDEN');
    expect(await attic.client.code(CREATE_TEST, { input: testInput([attic.id]) })).toBe('FORBIDDEN');
  });

  it('is changed only by who saw its newest revision', async () => {
    const { id } = await createTest(admin, testInput([attic.id]));
    const update =
      'mutation ($id: ID!, $input: TestInput!, $revision: Int) { updateTest(id: $id, input: $input, revision: $revision) { revision name } }';
    const input = testInput([attic.id], { name: 'Renamed' });
    expect(await admin.data(update, { id, input, revision: 1 })).toEqual({ updateTest: { revision: 2, name: 'Renamed' } });
    expect(await admin.code(update, { id, input, revision: 1 })).toBe('CONFLICT');
  });

  it('ends the assignments of a target that is taken out, and takes late results of it', async () => {
    const test = await createTest(admin, testInput([attic.id], { targets: ['old.example'] }));
    const update = `mutation ($id: ID!, $input: TestInput!) { updateTest(id: $id, input: $input) { ${TEST_FIELDS} } }`;
    const { updateTest } = await admin.data<{ updateTest: SeenTest }>(update, {
      id: test.id,
      input: testInput([attic.id], { targets: ['new.example'] }),
    });
    expect(updateTest.assignments.nodes.map(({ target }) => target.address)).toEqual(['new.example']);
    const late = resultInput(test, Date.now());
    expect(await submit(attic.client, [late])).toEqual({ accepted: [late.id], rejected: [] });
  });

  it('pauses, goes on, and stops', async () => {
    const { id } = await createTest(admin, testInput([attic.id], { schedule: { intervalSeconds: 5, durationSeconds: 600 } }));
    expect((await change('pauseTest', id)).status).toBe('PAUSED');
    const resumed = await change('startTest', id);
    expect(resumed).toMatchObject({ status: 'RUNNING', progress: { expectedResults: 120 } });
    const stopped = await change('stopTest', id);
    expect(stopped).toMatchObject({ status: 'COMPLETED', progress: { percent: 100 } });
    expect(stopped.assignments.nodes[0]).toMatchObject({ status: 'FAILED', reason: expect.stringContaining('No result') });
    expect(await admin.code('mutation ($id: ID!) { pauseTest(id: $id) { id } }', { id })).toBe('CONFLICT');
    expect((await change('startTest', id)).status).toBe('RUNNING');
  });

  it('keeps a secret setting from people, and keeps it when it is left out', async () => {
    const withPin = testInput([attic.id], { probes: [{ probe: 'tide', settings: { harbour: 'north', pin: '4711' } }] });
    const test = await createTest(admin, withPin);
    expect(test.probes).toEqual([{ probe: 'tide', settings: { harbour: 'north', pin: null } }]);
    const [stored] = await app.orm.em.fork().execute<{ probes: string }[]>('select probes from test where id = ?', [test.id]);
    expect(stored?.probes).not.toContain('4711');
    const update = 'mutation ($id: ID!, $input: TestInput!) { updateTest(id: $id, input: $input) { id } }';
    await admin.data(update, {
      id: test.id,
      input: testInput([attic.id], { probes: [{ probe: 'tide', settings: { harbour: 'south' } }] }),
    });
    expect((await readTest(admin, test.id)).probes).toEqual([{ probe: 'tide', settings: { harbour: 'south', pin: null } }]);
  });

  it('keeps a secret from people however deep it is; the agent that measures gets it', async () => {
    const owner = await tideAgent(app, 'Owner');
    const login = { user: 'ada', password: 'p4ss' };
    const test = await createTest(admin, testInput([owner.id], { probes: [{ probe: 'tide', settings: { login } }] }));
    expect(test.probes).toEqual([{ probe: 'tide', settings: { login: { user: 'ada', password: null } } }]);
    const [stored] = await app.orm.em.fork().execute<{ probes: unknown }[]>('select probes from test where id = ?', [test.id]);
    expect(JSON.stringify(stored)).not.toContain('p4ss');
    const work = new Events<{ assignmentsChanged: { probes: unknown }[] }>(
      owner.socket,
      'subscription { assignmentsChanged { probes { probe settings } } }',
    );
    expect((await work.next()).assignmentsChanged).toEqual([{ probes: [{ probe: 'tide', settings: { login } }] }]);
    await work.end();
  });

  it('says why an agent cannot run it', async () => {
    const bare = await tideAgent(app, 'Bare', { probes: [] });
    const test = await createTest(admin, testInput([attic.id, bare.id]));
    const verdicts = Object.fromEntries(test.assignments.nodes.map(({ agent, status, reason }) => [agent.id, { status, reason }]));
    expect(verdicts[attic.id]).toEqual({ status: 'ASSIGNED', reason: null });
    expect(verdicts[bare.id]).toEqual({ status: 'UNSUPPORTED', reason: 'The agent has no probe "tide".' });
    expect((await createTest(admin, testInput([bare.id]))).status).toBe('FAILED');
  });

  it('is gone at once when it is deleted, and its rows soon', async () => {
    const test = await createTest(admin, testInput([attic.id]));
    const result = resultInput(test, Date.now());
    await submit(attic.client, [result]);
    expect(await admin.data('mutation ($ids: [ID!]!) { deleteTests(ids: $ids) }', { ids: [test.id, 'no-such-test'] })).toEqual({
      deleteTests: 1,
    });
    expect(await admin.code('query ($id: ID!) { test(id: $id) { id } }', { id: test.id })).toBe('NOT_FOUND');
    expect(await admin.code('query ($id: ID!) { result(id: $id) { id } }', { id: result.id })).toBe('NOT_FOUND');
    await app.services.purge.idle();
    const [rows] = await app.orm.em.fork().execute<{ n: number }[]>('select count(*) as n from assignment where test_id = ?', [test.id]);
    expect(rows?.n).toBe(0);
  });
});
