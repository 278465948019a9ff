import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from './config.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient, socketClient } from './testing/client.js';
import { createTest, Events, readTest, resultInput, submit, testInput, tideAgent, type SeenTest } from './testing/measuring.js';
import { testDatabase } from './testing/test-database.js';
import { ADMIN, setUpAdmin } from './testing/people.js';

const WORK = 'subscription { assignmentsChanged { testId seed revision } }';

/** A server as a child process, compiled, on this data folder. */
async function startChild(folder: string): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(join(packageRoot(), 'dist/server/testing/server-process.js'), [folder], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, DATABASE_URL: await testDatabase(folder) },
  });
  const [message] = (await once(child, 'message')) as [{ url: string }];
  return { child, url: message.url };
}

describe('a server that is killed', () => {
  let folder: string;
  let secret: string;
  let test: SeenTest;
  let app: TestApp | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'streamswarm-crash-'));
    const before = await startTestApp({}, folder);
    const admin = await setUpAdmin(before);
    const agent = await tideAgent(before);
    secret = agent.secret;
    test = await createTest(admin, testInput([agent.id]));
    await agent.socket.dispose();
    await before.close();
  });
  afterAll(() => app?.end());

  it('has every result that it acknowledged, and its tests go on', async () => {
    const { child, url } = await startChild(folder);
    const agent = new HttpClient(url, secret);
    const work = await new Events(socketClient(url, { bearer: secret }), WORK).next();
    const acknowledged: string[] = [];
    const enough = 400;
    // Many senders at once, so that the kill falls into transactions that are under way.
    const sendUntilDead = async (sender: number): Promise<void> => {
      for (let round = 0; ; round += 1) {
        const at = Date.now() - 1000 * (1000 * sender + round);
        const { accepted } = await submit(agent, [resultInput(test, at), resultInput(test, at + 1)]);
        acknowledged.push(...accepted);
        if (acknowledged.length >= enough) child.kill('SIGKILL');
      }
    };
    const exited = once(child, 'exit');
    const ends = await Promise.allSettled(Array.from({ length: 8 }, (_, sender) => sendUntilDead(sender)));
    expect(await exited).toEqual([null, 'SIGKILL']);
    expect(ends.every(({ status }) => status === 'rejected')).toBe(true);

    app = await startTestApp({}, folder);
    const rows = await app.services.store.read<{ id: string }>(
      `select ${app.services.store.read.dialect.hexFromId('id')} as id from result`,
    );
    const stored = new Set(rows.map(({ id }) => id));
    expect(acknowledged.length).toBeGreaterThanOrEqual(enough);
    expect(acknowledged.filter((id) => !stored.has(id.replaceAll('-', '')))).toEqual([]);

    const [counted] = await app.orm.em.fork().execute<{ results: number }[]>('select results from assignment where test_id = ?', [test.id]);
    expect(counted?.results).toBe(stored.size);
    expect(await new Events(socketClient(app.url, { bearer: secret }), WORK).next()).toEqual(work);
    const admin = new HttpClient(app.url);
    await admin.data('mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { id } }', ADMIN);
    expect((await readTest(admin, test.id)).status).toBe('RUNNING');
    const next = resultInput(test, Date.now());
    expect((await submit(new HttpClient(app.url, secret), [next])).accepted).toEqual([next.id]);
  });
});
