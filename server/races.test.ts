import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentInput, enrolmentToken, heartbeatInput, HEARTBEAT, plugIn, REGISTER, type Registered } from './testing/agents.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient, type Answer } from './testing/client.js';
import { createTest, readTest, testInput, tideAgent } from './testing/measuring.js';
import { overtake } from './testing/overtake.js';
import { ownServer } from './testing/own-server.js';
import { ADMIN, setUpToken } from './testing/people.js';

const TIMES = [...Array(10).keys()];
const SECOND = { username: 'grace', password: 'nanosecond-of-wire' };
const SET_UP =
  'mutation ($token: String!, $username: String!, $password: String!) { setUp(token: $token, username: $username, password: $password) { id } }';
const LOGIN = 'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { id } }';
const CREATE = 'mutation ($input: UserInput!) { createUser(input: $input) { id } }';
const DEMOTE = 'mutation ($id: ID!) { updateUser(id: $id, input: { role: VIEWER }) { id } }';
const SWITCH_OFF = 'mutation ($id: ID!) { updateUser(id: $id, input: { active: false }) { id } }';
const DELETE = 'mutation ($id: ID!) { deleteUser(id: $id) }';

const UPDATE =
  'mutation ($id: ID!, $input: TestInput!, $revision: Int) { updateTest(id: $id, input: $input, revision: $revision) { revision } }';
const SET = 'mutation ($key: String!, $value: JSON!) { setSystemSetting(key: $key, value: $value) { key } }';

/** What became of it: `ok`, or the code of its error. */
const outcome = ({ errors }: Answer<unknown>): string => errors?.[0]?.extensions.code ?? 'ok';
const outcomes = (answers: readonly Answer<unknown>[]): string[] => answers.map(outcome).sort();
const times = (count: number, word: string): string[] => Array<string>(count).fill(word);

describe('agents that register at the same time', () => {
  const own = ownServer();
  const uses = async (id: string): Promise<number | undefined> => {
    const { apiTokens } = await own.admin.data<{ apiTokens: { nodes: { id: string; uses: number }[] } }>(
      '{ apiTokens { nodes { id uses } } }',
    );
    return apiTokens.nodes.find((token) => token.id === id)?.uses;
  };

  it('are as many as their token allows, and no more', async () => {
    const { secret, id } = await enrolmentToken(own.admin, 3);
    const client = new HttpClient(own.app.url, secret);
    const answers = await Promise.all(TIMES.map(() => client.send(REGISTER, { input: agentInput() })));
    expect(outcomes(answers)).toEqual([...times(7, 'FORBIDDEN'), ...times(3, 'ok')]);
    expect(await uses(id)).toBe(3);
    expect((await own.admin.data<{ agents: { nodes: unknown[] } }>('{ agents { nodes { id } } }')).agents.nodes).toHaveLength(3);
  });

  it('are one agent where they have one installId, which has the last of the secrets', async () => {
    const { secret, id } = await enrolmentToken(own.admin, 1);
    const client = new HttpClient(own.app.url, secret);
    const input = agentInput();
    const answers = await Promise.all(TIMES.map(() => client.send<Registered>(REGISTER, { input })));
    expect(outcomes(answers)).toEqual(times(10, 'ok'));
    expect(new Set(answers.map(({ data }) => data.registerAgent.agent.id)).size).toBe(1);
    expect(await uses(id)).toBe(1);
    const beats = answers.map(({ data }) =>
      new HttpClient(own.app.url, data.registerAgent.secret).send(HEARTBEAT, { input: heartbeatInput() }),
    );
    expect(outcomes(await Promise.all(beats))).toEqual([...times(9, 'UNAUTHENTICATED'), 'ok']);
  });

  it('may be sixty, all with the same new probes, declared in any order', async () => {
    const { secret, id } = await enrolmentToken(own.admin, 60);
    const client = new HttpClient(own.app.url, secret);
    const probes = ['tide', 'moon', 'wind'].map((name) =>
      plugIn({ name, metrics: [{ id: `${name}.level`, unit: 'ms', title: 'Level', description: 'Its height.', kind: 'LEVEL' }] }),
    );
    const inputs = [...Array(60).keys()].map((at) => agentInput({ probes: at % 2 === 0 ? probes : [...probes].reverse() }));
    const answers = await Promise.all(inputs.map((input) => client.send(REGISTER, { input })));
    expect(outcomes(answers)).toEqual(times(60, 'ok'));
    expect(await uses(id)).toBe(60);
    const { probes: known } = await own.admin.data<{ probes: { name: string }[] }>('{ probes { name } }');
    expect(known.map(({ name }) => name)).toEqual(['moon', 'tide', 'wind']);
  });

  it('may describe themselves anew together', async () => {
    const { secret } = await enrolmentToken(own.admin, 10);
    const enrolling = new HttpClient(own.app.url, secret);
    const inputs = TIMES.map(() => agentInput());
    const agents = await Promise.all(inputs.map((input) => enrolling.data<Registered>(REGISTER, { input })));
    const probes = ['sun', 'rain'].map((name) => plugIn({ name, metrics: [] }));
    const described = agents.map(({ registerAgent }, at) =>
      new HttpClient(own.app.url, registerAgent.secret).send(
        'mutation ($input: RegisterAgentInput!) { describeAgent(input: $input) { id } }',
        {
          input: { ...inputs[at], probes: at % 2 === 0 ? probes : [...probes].reverse() },
        },
      ),
    );
    expect(outcomes(await Promise.all(described))).toEqual(times(10, 'ok'));
  });
});

describe('two administrators who take the role from each other at the same time', () => {
  const own = ownServer();

  it.each([
    ['by demoting', DEMOTE, 'user.update', DEMOTE],
    ['by switching off', SWITCH_OFF, 'user.update', SWITCH_OFF],
    ['by deleting', DELETE, 'user.delete', DELETE],
    ['by demoting and deleting', DEMOTE, 'user.update', DELETE],
    ['by deleting and switching off', DELETE, 'user.delete', SWITCH_OFF],
  ])('leave one: %s', async (_how, ofAda, action, ofGrace) => {
    const { createUser } = await own.admin.data<{ createUser: { id: string } }>(CREATE, { input: { ...SECOND, role: 'ADMIN' } });
    const { me } = await own.admin.data<{ me: { id: string } }>('{ me { id } }');
    const grace = new HttpClient(own.app.url);
    await grace.data(LOGIN, SECOND);
    const answers = await overtake(
      own.app,
      action,
      () => own.admin.send(ofAda, { id: createUser.id }),
      () => grace.send(ofGrace, { id: me.id }),
    );
    expect(answers.map(outcome)).toEqual(['ok', 'CONFLICT']);
    const { users } = await own.admin.data<{ users: { username: string; role: string; active: boolean }[] }>(
      '{ users { username role active } }',
    );
    expect(users.filter(({ role, active }) => role === 'ADMIN' && active).map(({ username }) => username)).toEqual(['ada']);
  });
});

describe('two who change the same thing at the same time', () => {
  const own = ownServer();

  it('change a test one after the other: the edit that did not see the other one is refused', async () => {
    const { app, admin } = own;
    const { id: agentId } = await tideAgent(app);
    const { id } = await createTest(admin, testInput([agentId]));
    const rename = (name: string) => (): Promise<Answer<unknown>> =>
      admin.send(UPDATE, { id, revision: 1, input: testInput([agentId], { name }) });
    const answers = await overtake(app, 'test.update', rename('First'), rename('Second'));
    expect(answers.map(outcome)).toEqual(['ok', 'CONFLICT']);
    expect(await readTest(admin, id)).toMatchObject({ revision: 2 });
    expect(await admin.data('query ($id: ID!) { test(id: $id) { name } }', { id })).toEqual({ test: { name: 'First' } });
  });

  it('count both changes of a test where neither says which revision it saw', async () => {
    const { app, admin } = own;
    const { id: agentId } = await tideAgent(app);
    const { id } = await createTest(admin, testInput([agentId]));
    const target = (name: string) => (): Promise<Answer<unknown>> =>
      admin.send(UPDATE, { id, input: testInput([agentId], { targets: [name] }) });
    const answers = await overtake(app, 'test.update', target('first.example'), target('second.example'));
    expect(answers.map(outcome)).toEqual(['ok', 'ok']);
    const { revision, assignments } = await readTest(admin, id);
    expect(revision).toBe(3);
    expect(assignments.nodes.map((node) => node.target.address)).toEqual(['second.example']);
  });

  it('start a test once', async () => {
    const { app, admin } = own;
    const { id: agentId } = await tideAgent(app);
    const { id } = await createTest(admin, testInput([agentId]));
    await admin.data('mutation ($id: ID!) { stopTest(id: $id) { id } }', { id });
    const start = (): Promise<Answer<unknown>> => admin.send('mutation ($id: ID!) { startTest(id: $id) { id } }', { id });
    expect((await overtake(app, 'test.start', start, start)).map(outcome)).toEqual(['ok', 'CONFLICT']);
  });

  it('keep settings in their order: the second is judged with the first', async () => {
    const set = (key: string, value: number) => (): Promise<Answer<unknown>> => own.admin.send(SET, { key, value });
    // Either alone is right: 80 beside 90, 50 beside 30.
    const answers = await overtake(own.app, 'setting.set', set('retention.detailDays', 80), set('retention.resultDays', 50));
    expect(answers.map(outcome)).toEqual(['ok', 'BAD_USER_INPUT']);
  });

  it('set the same setting for the first time, one after the other', async () => {
    const set = (value: number) => (): Promise<Answer<unknown>> => own.admin.send(SET, { key: 'retention.detailDays', value });
    expect((await overtake(own.app, 'setting.set', set(20), set(21))).map(outcome)).toEqual(['ok', 'ok']);
    expect(own.app.services.settings.get('retention.detailDays')).toBe(21);
  });
});

describe('ten who use the set-up link at the same time', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startTestApp();
  });
  afterEach(() => app.end());

  it('make one administrator; the others hear that there is one', async () => {
    const token = setUpToken(app);
    const clients = TIMES.map(() => new HttpClient(app.url));
    const answers = await Promise.all(
      clients.map((client, at) => client.send(SET_UP, { token, username: `ada${at}`, password: ADMIN.password })),
    );
    expect(outcomes(answers)).toEqual([...times(9, 'CONFLICT'), 'ok']);
    const winner = clients[answers.findIndex(({ errors }) => errors === undefined)];
    expect((await winner?.data<{ users: unknown[] }>('{ users { id } }'))?.users).toHaveLength(1);
    expect(app.logged.filter(({ action }) => action === 'setUp.refused')).toEqual([]);
  });
});
