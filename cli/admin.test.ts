import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { pino } from 'pino';
import { openDatabase } from '../server/db.js';
import { ApiClient } from './testing/api-client.js';
import { ADMINISTRATOR } from './testing/first-steps.js';
import { RunningServer, runProgram, type Ran } from './testing/running-server.js';

const SECONDS_PROMISED = 5000;
const GRACE = 'nanosecond-of-wire';

describe('administration by the command line, beside a server that runs', () => {
  let folder: string;
  let data: string;
  let server: RunningServer;
  let admin: ApiClient;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'streamswarm-admin-'));
    data = join(folder, 'data');
    server = await RunningServer.start(data);
    admin = await ApiClient.setUp(server.setupUrl);
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (args: readonly string[], input = ''): Promise<Ran> => runProgram([...args, '--data', data], input);
  const json = async <T>(args: readonly string[], input = ''): Promise<T> => {
    const { status, out, err } = await run([...args, '--json'], input);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    return JSON.parse(out) as T;
  };
  const signIn = (username: string, password: string) => ApiClient.signIn(server.url, username, password);
  /** How long a socket lives on, ms, once `end` has begun to take its credential away. */
  const lifetimeAfter = async (
    headers: Record<string, string>,
    authorization: string | undefined,
    end: () => Promise<unknown>,
  ): Promise<number> => {
    class WithHeaders extends WebSocket {
      constructor(url: string, protocols: string | string[]) {
        super(url, protocols, { headers });
      }
    }
    let closed: (code: number) => void = () => undefined;
    const gone = new Promise<number>((resolve) => (closed = resolve));
    const connected = new Promise<void>((resolve) => {
      createClient({
        url: `${server.url.replace('http', 'ws')}/graphql`,
        ...{ webSocketImpl: WithHeaders, retryAttempts: 0, lazy: false, onNonLazyError: () => undefined },
        ...(authorization === undefined ? {} : { connectionParams: { authorization } }),
        on: { connected: () => resolve(), closed: (event) => closed((event as { code: number }).code) },
      });
    });
    await connected;
    await end();
    const ended = performance.now();
    expect(await gone).toBe(4401);
    return performance.now() - ended;
  };

  it('lets people in, by a password from stdin that is in no command line', async () => {
    const made = await json<{ username: string; role: string }>(
      ['user', 'create', 'grace', '--role', 'VIEWER', '--password-stdin'],
      `${GRACE}\n`,
    );
    expect(made).toMatchObject({ username: 'grace', role: 'VIEWER' });
    const grace = await signIn('grace', GRACE);
    expect(await grace.ask('{ me { username role } }')).toEqual({ me: { username: 'grace', role: 'VIEWER' } });
    const { out } = await run(['user', 'list']);
    expect(out).toMatch(/^grace +VIEWER +yes/m);
  });

  it('refuses what the API would refuse, in words', async () => {
    const weak = await run(['user', 'create', 'eve', '--role', 'ADMIN', '--password-stdin'], 'password123\n');
    expect(weak).toMatchObject({ status: 1, out: '', err: expect.stringMatching(/first that attackers try/) });
    const last = await run(['user', 'deactivate', ADMINISTRATOR.username]);
    expect(last.err).toMatch(/last active administrator/);
    expect((await run(['user', 'set-role', 'nobody', 'ADMIN'])).err).toMatch(/nobody named "nobody"\. There are: ada, grace/);
    expect((await run(['user', 'create', 'eve', '--role', 'BOSS'])).status).toBe(2);
    expect((await run(['user', 'create', 'eve', '--role', 'VIEWER'])).err).toMatch(/give --password-stdin/);
    expect((await runProgram(['user', 'list', '--data', join(folder, 'typing-error')])).err).toMatch(/no StreamSwarm database/);
  });

  it.each([
    ['a new role', ['user', 'set-role', 'grace', 'OPERATOR'], ''],
    ['a new password', ['user', 'reset-password', 'grace', '--password-stdin'], `${GRACE}\n`],
    ['being switched off', ['user', 'deactivate', 'grace'], ''],
  ])('ends sessions and sockets of the running server within 5 s: %s', async (_name, args, input) => {
    const grace = await signIn('grace', GRACE);
    const took = await lifetimeAfter({ cookie: grace.cookie }, undefined, () => json(args, input));
    expect(took).toBeLessThan(SECONDS_PROMISED);
    expect(await grace.ask('{ me { id } }')).toEqual({ me: null });
  });

  it('issues tokens that work at once, and revokes them with their sockets', async () => {
    const { id, secret } = await json<{ id: string; secret: string }>([
      'token',
      'issue',
      'wall',
      '--kind',
      'API',
      '--role',
      'VIEWER',
      '--days',
      '1',
    ]);
    const took = await lifetimeAfter({}, `Bearer ${secret}`, () => json(['token', 'revoke', id]));
    expect(took).toBeLessThan(SECONDS_PROMISED);
    const listed = await json<unknown[]>(['token', 'list']);
    expect(listed).toMatchObject([{ id, name: 'wall', status: 'REVOKED', lastUsedAt: expect.any(String) }]);
    expect(JSON.stringify(listed)).not.toContain(secret);
  });

  it('is remembered as done by whoever ran it', async () => {
    const query = '{ auditEvents(first: 100, action: "user") { nodes { actor action subject details } } }';
    const { auditEvents } = await admin.ask<{ auditEvents: { nodes: { actor: string; action: string }[] } }>(query);
    const byCli = auditEvents.nodes.filter(({ actor }) => actor.startsWith('cli:'));
    expect(byCli.map(({ action }) => action)).toEqual(['user.update', 'user.update', 'user.update', 'user.create']);
    expect(JSON.stringify(auditEvents)).not.toContain(GRACE);
  });

  it('tells which migrations are in force', async () => {
    const { applied, missing } = await json<{ applied: string[]; missing: string[] }>(['migrate', 'status']);
    expect(applied).toContain('Migration20261123000001Access');
    expect(missing).toEqual([]);
    expect((await run(['migrate', 'up'])).out).toMatch(/^in force {2}Migration20261123000001Access$/m);
  });

  it('changes nothing of a database that is older but by "migrate up", and backs it up as it is', async () => {
    const older = join(folder, 'older');
    const orm = await openDatabase({ data: older }, pino({ level: 'silent' }), { migrate: false });
    const [first, second] = (await orm.getMigrator().getPendingMigrations()).map(({ name }) => name);
    await orm.getMigrator().up({ to: first });
    await orm.close(true);
    const at = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> =>
      runProgram([...args, '--data', older, '--json'], '', env);
    const missing = async (): Promise<string[]> => (JSON.parse((await at(['migrate', 'status'])).out) as { missing: string[] }).missing;
    expect((await missing())[0]).toBe(second);
    for (const args of [['user', 'list'], ['token', 'list'], ['purge']]) {
      expect(await at(args)).toMatchObject({ status: 1, err: expect.stringMatching(/older version.*Nothing was changed.*migrate up/) });
    }
    // No command makes a key: one that the servers do not have would be worth nothing.
    expect((await at(['backup', join(folder, 'keyless.db')])).err).toMatch(/The key of the secrets is missing/);
    expect(existsSync(join(older, 'settings-key'))).toBe(false);
    const env = { STREAMSWARM_SETTINGS_KEY: randomBytes(32).toString('base64') };
    const { status, out, err } = await at(['backup', join(folder, 'older.db')], env);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({ migrations: 1, needs: expect.stringMatching(/^STREAMSWARM_SETTINGS_KEY/) });
    expect((await missing())[0]).toBe(second);
    await Promise.all([at(['migrate', 'up']), at(['migrate', 'up'])]).then((both) =>
      expect(both.map(({ err: said }) => said)).toEqual(['', '']),
    );
    expect(await missing()).toEqual([]);
    expect(JSON.parse((await at(['user', 'list'])).out)).toEqual([]);

    // The key came from the environment, and does not come to the disk by a restore.
    expect((await at(['restore', join(folder, 'older.db')])).err).toMatch(/need the STREAMSWARM_SETTINGS_KEY/);
    expect(await at(['restore', join(folder, 'older.db')], env)).toMatchObject({ status: 0, err: '' });
    expect((await missing())[0]).toBe(second);
    expect(existsSync(join(older, 'settings-key'))).toBe(false);
  });

  it('purges now what the server would later', async () => {
    expect(await json(['purge'])).toMatchObject({ sessions: 0, results: 0 });
  });

  it('backs up while the server runs, and restores when it does not', async () => {
    const file = join(folder, 'backup.db');
    await json(['user', 'activate', 'grace']);
    expect(await json(['backup', file])).toMatchObject({ file, migrations: expect.any(Number) });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await run(['backup', file])).err).toMatch(/exists already/);
    const key = await readFile(join(data, 'settings-key'), 'utf8');
    await json(['user', 'create', 'after', '--role', 'VIEWER', '--password-stdin'], `${GRACE}\n`);
    expect((await run(['restore', file])).err).toMatch(/A server runs on .*: stop it first/);

    await server.stop();
    const broken = join(folder, 'broken.db');
    await writeFile(broken, (await readFile(file)).fill(7, 4096, 40_960));
    expect((await run(['restore', broken])).err).toMatch(/is damaged|is no SQLite database/);
    await writeFile(join(data, 'settings-key'), 'another key');
    const { before } = await json<{ before: string }>(['restore', file]);
    expect(await readFile(join(before, 'settings-key'), 'utf8')).toBe('another key');
    expect(await readFile(join(data, 'settings-key'), 'utf8')).toBe(key);
    const names = (await json<{ username: string }[]>(['user', 'list'])).map(({ username }) => username);
    expect(names).toEqual(['ada', 'grace']);
  });

  it.each(['user', 'token', 'backup', 'restore', 'migrate', 'purge'])('explains %s', async (name) => {
    const { status, out } = await runProgram([name, '--help']);
    expect(status).toBe(0);
    expect(out).toMatch(/^Usage: streamswarm/);
  });
});
