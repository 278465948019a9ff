import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registeredAgent } from './testing/agents.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { sendOver, socketClient, type HttpClient } from './testing/client.js';
import { createTest, Events, submit, testInput, type SeenTest } from './testing/measuring.js';
import { setUpAdmin } from './testing/people.js';
import { trace, tracer } from './testing/tracing.js';

const PATH = `id protocol hash reached firstSeenAt lastSeenAt traces agent { id } target { id }
  hops { ttl silent nodes { address name probes replies loss rateLimited rttMinMs rttP50Ms rttP95Ms jitterMs replyTtl quotedDscp quotedEcn mtu mpls } }`;
const PATHS = `query ($testId: ID, $agentId: ID, $from: DateTime, $to: DateTime, $first: Int, $after: String) {
  paths(testId: $testId, agentId: $agentId, from: $from, to: $to, first: $first, after: $after) {
    totalCount nodes { ${PATH} } pageInfo { hasNextPage endCursor } } }`;
const CHANGE = 'id at kind firstChangedTtl before { hash } after { hash }';
const CHANGES = `query ($testId: ID) { pathChanges(testId: $testId) { totalCount nodes { ${CHANGE} } } }`;

interface SeenPaths {
  readonly paths: {
    readonly totalCount: number;
    readonly nodes: readonly {
      readonly hash: string;
      readonly traces: number;
      readonly hops: readonly unknown[];
      readonly firstSeenAt: string;
      readonly lastSeenAt: string;
    }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  };
}
interface SeenChanges {
  readonly pathChanges: { readonly totalCount: number; readonly nodes: readonly Record<string, unknown>[] };
}

describe('paths', () => {
  let app: TestApp;
  let admin: HttpClient;
  let agent: { id: string; client: HttpClient };
  const begin = Date.now() - 3_600_000;
  const minute = (n: number): number => begin + n * 60_000;
  beforeAll(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
    agent = await registeredAgent(app, { probes: [tracer()] });
  });
  afterAll(() => app.end());

  const traced = (name: string): Promise<SeenTest> =>
    createTest(admin, testInput([agent.id], { name, probes: [{ probe: 'traceroute' }], schedule: { intervalSeconds: 60 } }));
  const pathsOf = async (variables: Record<string, unknown>) => (await admin.data<SeenPaths>(PATHS, variables)).paths;
  const changesOf = async (test: SeenTest) => (await admin.data<SeenChanges>(CHANGES, { testId: test.id })).pathChanges;
  async function send(...results: Record<string, unknown>[]): Promise<void> {
    expect(await submit(agent.client, results)).toMatchObject({ rejected: [] });
  }

  it('are stored once, however often and by however many tests they are seen, with their hops', async () => {
    const [one, other] = [await traced('one'), await traced('other')];
    await send(trace(one, minute(0), ['198.18.0.1', '', '198.18.0.9']), trace(one, minute(1), ['198.18.0.1', '', '198.18.0.9']));
    await send(trace(other, minute(2), ['198.18.0.1', '', '198.18.0.9']));
    const { totalCount, nodes } = await pathsOf({ testId: one.id });
    expect(totalCount).toBe(1);
    expect(await pathsOf({ testId: other.id })).toMatchObject({ nodes });
    expect(nodes[0]).toMatchObject({
      protocol: 'icmp',
      reached: true,
      traces: 3,
      agent: { id: agent.id },
      target: { id: one.targets[0]?.id },
    });
    expect([nodes[0]?.firstSeenAt, nodes[0]?.lastSeenAt]).toEqual([minute(0), minute(2)].map((at) => new Date(at).toISOString()));
    const node = {
      address: '198.18.0.1',
      name: null,
      probes: 3,
      replies: 3,
      loss: null,
      rateLimited: false,
      rttMinMs: 1,
      rttP50Ms: 2,
      rttP95Ms: null,
      jitterMs: 0.5,
    };
    expect(nodes[0]?.hops).toEqual([
      { ttl: 1, silent: false, nodes: [{ ...node, replyTtl: null, quotedDscp: 0, quotedEcn: null, mtu: null, mpls: [] }] },
      { ttl: 2, silent: true, nodes: [] },
      expect.objectContaining({ ttl: 3, silent: false }),
    ]);
  });

  it('change when two traces running show another one, and subscribers are told', async () => {
    const test = await traced('changing');
    const socket = socketClient(app.url, { cookie: admin.cookie });
    const events = new Events<{ pathChanged: { id: string } }>(
      socket,
      `subscription ($id: ID) { pathChanged(testId: $id) { ${CHANGE} } }`,
      { id: test.id },
    );
    await sendOver(socket, '{ __typename }');
    await send(trace(test, minute(0), ['198.18.0.1', '198.18.0.2', '198.18.0.9']));
    await send(trace(test, minute(1), ['198.18.0.1', '198.18.0.3', '198.18.0.9']));
    expect(await changesOf(test)).toMatchObject({ totalCount: 0 });
    await send(trace(test, minute(2), ['198.18.0.1', '198.18.0.3', '198.18.0.9']));
    const change = { at: new Date(minute(2)).toISOString(), kind: 'HOP_REPLACED', firstChangedTtl: 2 };
    const ways = { before: { hash: '198.18.0.1>198.18.0.2>198.18.0.9' }, after: { hash: '198.18.0.1>198.18.0.3>198.18.0.9' } };
    expect((await events.next()).pathChanged).toMatchObject({ ...change, ...ways });
    expect((await changesOf(test)).nodes).toMatchObject([{ ...change, ...ways }]);
    await events.end();
  });

  it('have not changed where another test sends other packets the same way', async () => {
    const [best, expedited] = [await traced('best effort'), await traced('expedited')];
    const hops = ['198.18.5.1', '198.18.5.9'];
    for (const n of [0, 1, 2]) await send(trace(best, minute(2 * n), hops), trace(expedited, minute(2 * n + 1), hops, { dscp: 46 }));
    for (const test of [best, expedited]) expect(await changesOf(test)).toMatchObject({ totalCount: 0 });
  });

  it('are one path, where a hop answers now and then', async () => {
    const test = await traced('now and then');
    for (const [n, middle] of ['198.18.6.2', '', '198.18.6.2', ''].entries()) {
      await send(trace(test, minute(n), ['198.18.6.1', middle, '198.18.6.9']));
    }
    const { totalCount, nodes } = await pathsOf({ testId: test.id });
    expect(totalCount).toBe(1);
    // What it said before is still there, though it was silent last.
    expect(nodes[0]).toMatchObject({ traces: 4, hops: [{}, { silent: false, nodes: [{ address: '198.18.6.2' }] }, {}] });
  });

  it('tell what an agent sees of a hop: parallel nodes, the ECN field, the way back, the late answers', async () => {
    const test = await traced('whole');
    const told = trace(test, minute(0), ['198.18.7.1', '198.18.7.9']) as { runs: [{ details: { hops: Record<string, unknown>[] } }] };
    Object.assign(told.runs[0].details, { parallel: [['198.18.7.1', '198.18.7.2']] });
    Object.assign(told.runs[0].details.hops[0] ?? {}, {
      ecn: 2,
      replyTtl: 63,
      lossPercent: null,
      limitsAnswers: true,
      sent: 30,
      received: 9,
    });
    Object.assign(told.runs[0].details.hops[1] ?? {}, {
      rttMs: { min: 1, median: 2, avg: 2, p95: 3, max: 4 },
      lossPercent: 10,
      sent: 30,
      received: 27,
    });
    await send(told);
    const [first, last] = ((await pathsOf({ testId: test.id })).nodes[0]?.hops ?? []) as { nodes: Record<string, unknown>[] }[];
    expect(first?.nodes).toMatchObject([
      { address: '198.18.7.1', quotedEcn: 2, replyTtl: 63, rateLimited: true, loss: null },
      { address: '198.18.7.2', probes: 0, replies: 0, loss: null, rttMinMs: null },
    ]);
    expect(last?.nodes).toMatchObject([{ address: '198.18.7.9', rttP95Ms: 3, loss: 10, rateLimited: false }]);
  });

  it('go when nobody saw them for as long as is set, but not those of a younger change', async () => {
    const test = await traced('aged');
    await send(trace(test, minute(0), ['198.18.8.1', '198.18.8.9']), trace(test, minute(1), ['198.18.8.1', '198.18.8.9']));
    await send(trace(test, minute(30), ['198.18.8.2', '198.18.8.9']), trace(test, minute(31), ['198.18.8.2', '198.18.8.9']));
    const hashes = async (): Promise<string[]> => (await pathsOf({ testId: test.id })).nodes.map(({ hash }) => hash).sort();
    const both = ['198.18.8.1>198.18.8.9', '198.18.8.2>198.18.8.9'];
    const days = 400 * 86_400_000;
    await app.services.oldPaths.remove(minute(20) + days);
    expect([await hashes(), await changesOf(test)]).toMatchObject([both, { totalCount: 1 }]);
    await app.services.oldPaths.remove(minute(40) + days);
    expect([await hashes(), await changesOf(test)]).toMatchObject([[], { totalCount: 0 }]);
  });

  it('change where a node announces another MTU', async () => {
    const test = await traced('narrowing');
    const narrowed = (mtu: number) => ({ details: { mtuNarrowings: [{ ttl: 1, address: '198.18.0.1', nextHopMtu: mtu }] } });
    await send(trace(test, minute(0), ['198.18.0.1', '198.18.0.8'], narrowed(1400)));
    await send(trace(test, minute(1), ['198.18.0.1', '198.18.0.8'], narrowed(1280)));
    expect((await changesOf(test)).nodes).toMatchObject([{ kind: 'MTU', firstChangedTtl: 1 }]);
  });

  it('count what comes late, which is no change', async () => {
    const test = await traced('late');
    await send(trace(test, minute(5), ['198.18.0.4', '198.18.0.9']));
    await send(trace(test, minute(2), ['198.18.0.5', '198.18.0.9']), trace(test, minute(3), ['198.18.0.5', '198.18.0.9']));
    expect(await changesOf(test)).toMatchObject({ totalCount: 0 });
    expect((await pathsOf({ testId: test.id })).nodes.map(({ hash }) => hash).sort()).toEqual([
      '198.18.0.4>198.18.0.9',
      '198.18.0.5>198.18.0.9',
    ]);
  });

  it('are not made of details that are no trace: those stay with their result', async () => {
    const test = await traced('odd');
    const odd = trace(test, minute(0), ['198.18.0.1'], { details: { hops: 'many' } });
    await send(odd);
    expect(await pathsOf({ testId: test.id })).toMatchObject({ totalCount: 0 });
    expect(await admin.data('query ($id: ID!) { result(id: $id) { runs { details } } }', { id: odd.id })).toMatchObject({
      result: { runs: [{ details: { hops: 'many' } }] },
    });
  });

  it('are listed page by page, of a stretch of time', async () => {
    const test = await traced('pages');
    for (const n of [1, 2, 3]) await send(trace(test, minute(10 * n), [`198.18.1.${n}`, '198.18.0.9']));
    const first = await pathsOf({ testId: test.id, first: 2 });
    const rest = await pathsOf({ testId: test.id, first: 2, after: first.pageInfo.endCursor });
    expect([...first.nodes, ...rest.nodes].map(({ hash }) => hash)).toEqual([3, 2, 1].map((n) => `198.18.1.${n}>198.18.0.9`));
    expect([first.totalCount, first.pageInfo.hasNextPage, rest.pageInfo.hasNextPage]).toEqual([3, true, false]);
    const within = { from: new Date(minute(15)).toISOString(), to: new Date(minute(25)).toISOString() };
    expect((await pathsOf({ testId: test.id, ...within })).nodes.map(({ hash }) => hash)).toEqual(['198.18.1.2>198.18.0.9']);
  });

  it('go with the test that saw them, unless another did too', async () => {
    const [gone, stays] = [await traced('gone'), await traced('stays')];
    await send(trace(gone, minute(0), ['198.18.2.1', '198.18.0.9']), trace(gone, minute(1), ['198.18.2.2', '198.18.0.9']));
    await send(trace(stays, minute(2), ['198.18.2.2', '198.18.0.9']));
    await admin.data('mutation ($ids: [ID!]!) { deleteTests(ids: $ids) }', { ids: [gone.id] });
    await app.services.purge.idle();
    const hashes = (await pathsOf({ agentId: agent.id, first: 500 })).nodes.map(({ hash }) => hash);
    expect(hashes).toContain('198.18.2.2>198.18.0.9');
    expect(hashes).not.toContain('198.18.2.1>198.18.0.9');
    const [left] = await app.services.store.read<{ n: number }>('select count(*) as n from path where hash = ?', ['198.18.2.1>198.18.0.9']);
    expect(left?.n).toBe(0);
  });
});
