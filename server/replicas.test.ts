import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEARTBEAT, heartbeatInput } from './testing/agents.js';
import { HttpClient, sendOver, socketClient } from './testing/client.js';
import { Cluster, NO_CLUSTER, needsCluster } from './testing/cluster.js';
import { createTest, Events, resultInput, submit, testInput, type SeenTest, type TideAgent } from './testing/measuring.js';
import { ADMIN, setUpAdmin, withApiToken } from './testing/people.js';
import { remoteAgent } from './testing/remote-agent.js';

const LOGIN = 'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { id } }';
const ME = '{ me { username } }';

/** Who comes from an address: behind the proxy that the servers believe. */
const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });

describe.skipIf(NO_CLUSTER)(needsCluster('several servers on one database'), () => {
  let cluster: Cluster;
  let admin: HttpClient;
  let agent: TideAgent;
  let test: SeenTest;
  let at: (index: number) => string;

  beforeAll(async () => {
    cluster = await Cluster.start();
    at = (index) => cluster.replica(index).url;
    admin = await setUpAdmin(cluster.prints());
    // Registered at the first server; its socket is at the second.
    agent = await remoteAgent(admin, at(0), at(1));
    test = await createTest(admin, testInput([agent.id]));
  }, 120_000);
  afterAll(async () => {
    await agent?.socket.dispose();
    await cluster?.remove();
  });

  /** The administrator's session, used at another server. */
  const adminAt = (index: number): HttpClient => admin.at(at(index));

  it('know a session wherever it began, until it ends anywhere', async () => {
    const person = new HttpClient(at(1));
    await person.data(LOGIN, ADMIN);
    const elsewhere = person.at(at(2));
    expect(await elsewhere.data(ME)).toEqual({ me: { username: ADMIN.username } });
    const throughNginx = person.at(cluster.url);
    for (let n = 0; n < 6; n += 1) expect(await throughNginx.data(ME)).toEqual({ me: { username: ADMIN.username } });
    await elsewhere.data('mutation { logout }');
    expect(await person.data(ME)).toEqual({ me: null });
  });

  it('count guesses of a password together', async () => {
    const guess = { username: 'somebody', password: 'a guess that is wrong' };
    const codes: (string | undefined)[] = [];
    for (let n = 0; n < 11; n += 1) {
      const { errors } = await new HttpClient(at(n % 3)).send(LOGIN, guess, from('192.0.2.7'));
      codes.push(errors?.[0]?.extensions.code);
    }
    expect(codes.slice(0, 10)).not.toContain('RATE_LIMITED');
    expect(codes[10]).toBe('RATE_LIMITED');
  });

  it('show an agent ONLINE that is connected to one of them, and tell of its changes', async () => {
    const socket = socketClient(at(2), { cookie: admin.cookie });
    const seen = new Events<{ agentChanged: { id: string; status: string; spooledResults: number } }>(
      socket,
      'subscription ($id: ID!) { agentChanged(id: $id) { id status spooledResults } }',
      { id: agent.id },
    );
    // What changed before the subscription stood is not told.
    await sendOver(socket, '{ __typename }');
    const beat = (spooledResults: number): Promise<unknown> =>
      sendOver(agent.socket, HEARTBEAT, { input: heartbeatInput({ spooledResults }) });
    // On a slow machine it is STALE in between: then it is told of as ONLINE again as well.
    for (const spooledResults of [3, 4]) {
      await beat(spooledResults);
      await seen.until(({ agentChanged }) => agentChanged.spooledResults === spooledResults && agentChanged.status === 'ONLINE');
    }
    for (const index of [0, 1, 2]) {
      const { agent: shown } = await adminAt(index).data<{ agent: { status: string } }>('query ($id: ID!) { agent(id: $id) { status } }', {
        id: agent.id,
      });
      expect(shown.status).toBe('ONLINE');
    }
    await seen.end();
  });

  it('push a result to whoever listens, at whichever of them, once', async () => {
    const query = 'subscription ($id: ID!) { resultAdded(testId: $id) { id } }';
    const listening = [0, 1, 2].map(
      (index) => new Events<{ resultAdded: { id: string } }>(socketClient(at(index), { cookie: admin.cookie }), query, { id: test.id }),
    );
    // A subscription listens once its socket is open: results are sent until the first has come everywhere.
    const sent: string[] = [];
    const first = Promise.all(listening.map((events) => events.next()));
    let all = false;
    const sending = (async (): Promise<void> => {
      while (!all) {
        const result = resultInput(test, Date.now());
        sent.push(...(await submit(agent.client, [result])).accepted);
      }
    })();
    const firsts = await first;
    all = true;
    await sending;
    const last = resultInput(test, Date.now());
    await submit(agent.client, [last]);
    for (const [index, events] of listening.entries()) {
      const ids = [firsts[index]?.resultAdded.id];
      await events.until(({ resultAdded }) => ids.push(resultAdded.id) > 0 && resultAdded.id === last.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toEqual([...sent, last.id].slice(-ids.length));
      await events.end();
    }
  });

  it('bring an edit made at one to an agent at another, in under a second', async () => {
    const work = new Events<{ assignmentsChanged: { testId: string; revision: number }[] }>(
      agent.socket,
      'subscription { assignmentsChanged { testId revision } }',
    );
    const before = await work.next();
    expect(before.assignmentsChanged).toEqual([{ testId: test.id, revision: 1 }]);
    const begun = performance.now();
    await adminAt(2).data('mutation ($id: ID!, $input: TestInput!) { updateTest(id: $id, input: $input) { revision } }', {
      id: test.id,
      input: testInput([agent.id], { name: 'Harbours and locks' }),
    });
    await work.until(({ assignmentsChanged }) => assignmentsChanged[0]?.revision === 2);
    expect(performance.now() - begun).toBeLessThan(1000);
    await work.end();
  });

  it('follow a system setting that was changed at one', async () => {
    await adminAt(0).data('mutation ($key: String!, $value: JSON!) { setSystemSetting(key: $key, value: $value) { key } }', {
      key: 'agents.heartbeatSeconds',
      value: 3,
    });
    const asked = async (): Promise<unknown> =>
      (await sendOver<{ heartbeat: { heartbeatSeconds: number } }>(agent.socket, HEARTBEAT, { input: heartbeatInput() })).data.heartbeat
        .heartbeatSeconds;
    await expect.poll(asked).toBe(3);
  });

  it('close a socket at one when its token is revoked at another, within 5 s', async () => {
    const viewer = await withApiToken({ url: at(0) }, admin, 'VIEWER');
    const closed = new Promise<number>((resolve) => {
      const socket = socketClient(at(1), { bearer: viewer.secret, stays: true }, resolve);
      void sendOver(socket, '{ me { username } }').then(() =>
        adminAt(2).data('mutation ($id: ID!) { revokeApiToken(id: $id) { id } }', { id: viewer.tokenId }),
      );
    });
    const begun = performance.now();
    expect(await closed).toBe(4401);
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(await new HttpClient(at(2), viewer.secret).code('{ tests { totalCount } }')).toBe('UNAUTHENTICATED');
  });

  it('answer through nginx when one of them is gone', async () => {
    await cluster.replica(0).kill();
    const person = new HttpClient(cluster.url);
    for (let n = 0; n < 6; n += 1) expect(await person.data(ME)).toEqual({ me: null });
    await cluster.replica(0).start();
  });
});
