import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Session } from './entities/session.js';
import { SystemSetting } from './entities/system-setting.js';
import { SETTING_KEYS } from './services/settings/definitions.js';
import { HEARTBEAT, heartbeatInput, registeredAgent } from './testing/agents.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient, type Answer } from './testing/client.js';
import { ownServer } from './testing/own-server.js';
import { ADMIN } from './testing/people.js';

const SET = `mutation ($key: String!, $value: JSON!) { setSystemSetting(key: $key, value: $value) { key value defaultValue updatedBy updatedAt } }`;

interface SeenSetting {
  readonly key: string;
  readonly value: unknown;
  readonly defaultValue: unknown;
  readonly title: string;
  readonly description: string;
  readonly schema: Record<string, unknown>;
  readonly updatedAt: string;
  readonly updatedBy: string | null;
}

/** As another process, or another version, would have stored it. */
async function store(app: Pick<TestApp, 'orm'>, key: string, value: unknown): Promise<void> {
  await app.orm.em.fork().insert(SystemSetting, { key, value, updatedAt: new Date(0), updatedBy: 'user:eve' });
}

describe('the system settings', () => {
  const server = ownServer();
  const set = (key: string, value: unknown): Promise<Answer<{ setSystemSetting: SeenSetting }>> => server.admin.send(SET, { key, value });
  const all = async (): Promise<SeenSetting[]> =>
    (
      await server.admin.data<{ systemSettings: SeenSetting[] }>(
        '{ systemSettings { key value defaultValue title description schema updatedAt updatedBy } }',
      )
    ).systemSettings;
  const fieldsOf = ({ errors }: Answer<unknown>): unknown => errors?.[0]?.extensions.fields;

  it('are listed with what they do, their JSON Schema and their defaults; what the server keeps for itself is none of them', async () => {
    await store(server.app, 'internal.other', 'secret');
    const settings = await all();
    expect(settings.map(({ key }) => key)).toEqual(SETTING_KEYS);
    const days = settings.find(({ key }) => key === 'retention.resultDays');
    expect(days).toMatchObject({ value: 90, defaultValue: 90, updatedBy: null, schema: { type: 'integer', minimum: 1 } });
  });

  it('are in force at once: the next heartbeat is answered with the new interval', async () => {
    const { client } = await registeredAgent(server.app);
    const beat = async (): Promise<unknown> => (await client.data(HEARTBEAT, { input: heartbeatInput() })).heartbeat;
    expect(await beat()).toMatchObject({ heartbeatSeconds: 5 });
    expect((await set('agents.heartbeatSeconds', 2.5)).data.setSystemSetting).toMatchObject({
      ...{ key: 'agents.heartbeatSeconds', value: 2.5, defaultValue: 5, updatedBy: `user:${ADMIN.username}` },
    });
    expect(await beat()).toMatchObject({ heartbeatSeconds: 2.5 });
  });

  it('decide from now on when an agent is silent, and how long a session lasts that began before', async () => {
    const { id, client } = await registeredAgent(server.app);
    await client.data(HEARTBEAT, { input: heartbeatInput() });
    const { presence } = server.app.services;
    const subject = { id, disabled: false, deletedAt: null };
    expect(presence.statusOf(subject)).toBe('ONLINE');
    const changes = server.app.pubsub.subscribe('agentChanged')[Symbol.asyncIterator]();
    for (const [name, value] of [
      ['heartbeat', 0.1],
      ['staleAfter', 0.2],
      ['offlineAfter', 0.3],
    ]) {
      expect((await set(`agents.${name}Seconds`, value)).errors).toBeUndefined();
    }
    while (presence.statusOf(subject) !== 'OFFLINE') await changes.next();
    await changes.return?.();
    expect((await set('session.idleHours', 1)).errors).toBeUndefined();
    await server.app.orm.em.fork().nativeUpdate(Session, {}, { lastUsedAt: new Date(Date.now() - 7_200_000) });
    expect(await server.admin.data('{ me { username } }')).toEqual({ me: null });
  });

  it('refuse what is not allowed, and say what would be', async () => {
    expect(fieldsOf(await set('retention.resultsDays', 5))).toEqual([
      { path: 'key', message: expect.stringMatching(/no setting "retention.resultsDays".*retention\.resultDays/) },
    ]);
    expect(fieldsOf(await set('internal.setup-token', 'x'))).toMatchObject([{ path: 'key' }]);
    expect(fieldsOf(await set('retention.resultDays', 0))).toEqual([{ path: 'value', message: expect.stringContaining('>=1') }]);
    expect(fieldsOf(await set('retention.resultDays', 'long'))).toMatchObject([{ path: 'value' }]);
    expect(fieldsOf(await set('agents.staleAfterSeconds', 45))).toEqual([
      { path: 'value', message: expect.stringMatching(/less than agents\.offlineAfterSeconds, which is 45/) },
    ]);
    expect(fieldsOf(await set('retention.minuteDays', 30))).toEqual([
      { path: 'value', message: expect.stringMatching(/at least retention\.resultDays, which is 90/) },
    ]);
    expect((await all()).every(({ updatedBy }) => updatedBy === null)).toBe(true);
  });

  it('leave who changed what, from what to what, in the audit log', async () => {
    await set('retention.detailDays', 14);
    const { auditEvents } = await server.admin.data<{ auditEvents: { nodes: unknown[] } }>(
      '{ auditEvents(first: 1) { nodes { actor action subject details } } }',
    );
    const details = { before: 30, after: 14 };
    expect(auditEvents.nodes).toEqual([
      { actor: `user:${ADMIN.username}`, action: 'setting.set', subject: 'retention.detailDays', details },
    ]);
  });

  it('tell whoever listens of a change, and nobody of what stayed as it was', async () => {
    const { settings } = server.app.services;
    const heard: unknown[] = [];
    settings.onChange('retention.resultDays', (value) => heard.push(['results', value]));
    const leave = settings.onChange('retention.detailDays', (value) => heard.push(['details', value]));
    await set('retention.detailDays', 7);
    await set('retention.detailDays', 7);
    leave();
    await set('retention.detailDays', 8);
    expect(heard).toEqual([['details', 7]]);
  });
});

describe('a setting', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startTestApp({ heartbeatSeconds: 3 });
  });
  afterEach(() => app.end());
  const followed = async (): Promise<number> => {
    const { settings } = app.services;
    const changed = new Promise<number>((resolve) => settings.onChange('agents.heartbeatSeconds', resolve));
    app.pubsub.publish('settingsChanged', { key: 'agents.heartbeatSeconds' });
    return changed;
  };

  it('has what the process was started with as its default', () => {
    expect(app.services.settings.get('agents.heartbeatSeconds')).toBe(3);
  });

  it('that another process set is in force here once this one hears of it, and after a restart', async () => {
    await store(app, 'agents.heartbeatSeconds', 7);
    expect(await followed()).toBe(7);
    await app.close();
    app = await startTestApp({}, app.folder);
    expect(app.services.settings.get('agents.heartbeatSeconds')).toBe(7);
  });

  it('whose stored value is not allowed has its default, and the log says so', async () => {
    await store(app, 'agents.heartbeatSeconds', -1);
    await app.close();
    app = await startTestApp({ heartbeatSeconds: 4 }, app.folder);
    expect(app.services.settings.get('agents.heartbeatSeconds')).toBe(4);
    expect(app.logged).toContainEqual(
      expect.objectContaining({ key: 'agents.heartbeatSeconds', msg: expect.stringContaining('not valid') }),
    );
    expect(await new HttpClient(app.url).data('{ me { id } }')).toEqual({ me: null });
  });
});
