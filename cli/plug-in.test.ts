import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrolmentToken } from '../server/testing/agents.js';
import { startTestApp, type TestApp } from '../server/testing/app.js';
import { socketClient, type HttpClient } from '../server/testing/client.js';
import { CREATE_TEST, Events, type SeenTest } from '../server/testing/measuring.js';
import { setUpAdmin } from '../server/testing/people.js';
import { PlugInAgent } from './testing/plug-in-agent.js';

interface Told {
  readonly resultAdded: { readonly metrics: readonly { metric: string; value: number; unit: string }[]; readonly runs: readonly object[] };
}

describe('a plug-in that only an agent knows of', () => {
  let app: TestApp;
  let admin: HttpClient;
  let agent: PlugInAgent;
  let agentId: string;

  beforeAll(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
    const arrivals = app.pubsub.subscribe('agentChanged');
    agent = await PlugInAgent.start(app.url, (await enrolmentToken(admin)).secret);
    agentId = (await arrivals.next()).value?.agentId ?? '';
    await arrivals.return();
  });
  afterAll(async () => {
    await agent?.end();
    await app.end();
  });

  const input = (settings: object): object => ({
    ...{ name: 'Greetings', targets: [agent.target], agentIds: [agentId], schedule: { intervalSeconds: 1 } },
    probes: [{ probe: 'banner', settings }],
  });

  it('tells the server its settings and its metrics', async () => {
    const { probes } = await admin.data<{ probes: { name: string; metrics: { id: string }[] }[] }>(
      '{ probes { name title settingsSchema metrics { id unit title } } }',
    );
    const banner = probes.find(({ name }) => name === 'banner');
    expect(banner).toMatchObject({
      title: 'Banner',
      settingsSchema: { properties: { expect: { type: 'string', maxLength: 200 }, waitMs: { default: 3000, maximum: 60_000 } } },
    });
    expect(banner?.metrics).toContainEqual({ id: 'banner.length', unit: 'B', title: 'Length of the banner' });
  });

  it.each([
    [{ waitMs: 5 }, 'waitMs'],
    [{ hurry: true }, 'hurry'],
  ])('has its settings checked by its own rules: %j', async (settings, named) => {
    const { errors } = await admin.send(CREATE_TEST, { input: input(settings) });
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    expect(JSON.stringify(errors)).toContain(named);
  });

  it('measures, and its numbers reach whoever listens, the series and the files', async () => {
    const events = new Events<Told>(
      socketClient(app.url, { cookie: admin.cookie }),
      'subscription { resultAdded { metrics { metric value unit } runs { probe status details } } }',
    );
    const { createTest } = await admin.data<{ createTest: SeenTest }>(CREATE_TEST, { input: input({ expect: 'ESMTP' }) });
    const { resultAdded } = await events.next();
    await events.end();
    expect(resultAdded.runs).toEqual([{ probe: 'banner', status: 'OK', details: { banner: '220 harbour ESMTP' } }]);
    expect(resultAdded.metrics).toContainEqual({ metric: 'banner.length', value: 19, unit: 'B' });

    const [from, to] = [-3_600_000, 60_000].map((ms) => new Date(Date.now() + ms).toISOString());
    const { series } = await admin.data<{ series: { metric: { title: string }; points: { avg: number }[] }[] }>(
      'query ($id: ID!, $from: DateTime!, $to: DateTime!) { series(testId: $id, metrics: ["banner.length"], from: $from, to: $to) { metric { title } points { avg } } }',
      { id: createTest.id, from, to },
    );
    expect(series[0]).toMatchObject({ metric: { title: 'Length of the banner' }, points: expect.arrayContaining([{ avg: 19 }]) });

    const file = await fetch(`${app.url}/export/results?test=${createTest.id}`, { headers: { cookie: admin.cookie ?? '' } });
    const [header = '', line = ''] = (await file.text()).split('\r\n');
    expect(line.split(',')[header.split(',').indexOf('banner.length')]).toBe('19');
  });
});
