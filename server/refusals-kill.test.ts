import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from './config.js';
import { openDatabase } from './db.js';
import { AuditEvent } from './entities/audit-event.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient } from './testing/client.js';
import { TestClock } from './testing/clock.js';
import { setUpAdmin, withApiToken } from './testing/people.js';
import { testDatabase } from './testing/test-database.js';

const USERS = '{ users { id } }';
const AGAIN = 7;
/** Far less than the minute after which an event tells of it; a second on a machine that has nothing else to do. */
const KEPT_WITHIN_MS = 10_000;

describe('what was refused again and again', () => {
  let folder: string;
  let secret: string;
  let app: TestApp | undefined;
  let child: ChildProcess | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'streamswarm-refusals-'));
    const before = await startTestApp({}, folder);
    const admin = await setUpAdmin(before);
    secret = (await withApiToken(before, admin, 'VIEWER')).secret;
    await before.close();
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await app?.end();
  });

  /** The URL of a server in a process of its own. */
  async function startChild(): Promise<string> {
    child = fork(join(packageRoot(), 'dist/server/testing/server-process.js'), [folder], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, DATABASE_URL: await testDatabase(folder) },
    });
    const [message] = (await once(child, 'message')) as [{ url: string }];
    return message.url;
  }

  /** How often that was, as the database of the running server has it. */
  async function untilKept(further: number): Promise<void> {
    const place = { data: folder, databaseUrl: await testDatabase(folder) };
    const orm = await openDatabase(place, pino({ level: 'silent' }), { migrate: false });
    try {
      const kept = async (): Promise<number[]> => {
        const rows = await orm.em.getConnection().execute<{ further: number }[]>('select further from refusal_count');
        return rows.map((row) => Number(row.further));
      };
      await expect.poll(kept, { timeout: KEPT_WITHIN_MS, interval: 50 }).toEqual([further]);
    } finally {
      await orm.close(true);
    }
  }

  /** Of each event of the audit log that tells of it, how often that was. */
  async function told(server: TestApp): Promise<(number | undefined)[]> {
    const events = await server.orm.em.fork().find(AuditEvent, { action: 'denied' }, { orderBy: { id: 'asc' } });
    expect(new Set(events.map(({ actor, subject }) => `${actor} ${String(subject)}`))).toEqual(new Set(['token:VIEWER token Query.users']));
    expect(new Set(events.map(({ remoteAddress }) => remoteAddress))).toEqual(new Set(['127.0.0.1']));
    return events.map(({ details }) => (details as { further?: number } | null)?.further);
  }

  it('is counted in the log though the server is killed within the minute: once, by the next one', async () => {
    const viewer = new HttpClient(await startChild(), secret);
    for (let each = 0; each <= AGAIN; each++) await viewer.code(USERS);
    await untilKept(AGAIN);
    const exited = child && once(child, 'exit');
    child?.kill('SIGKILL');
    expect(await exited).toEqual([null, 'SIGKILL']);

    const soon = await startTestApp({}, folder);
    await soon.services.refusals.takeUp();
    // Its minute may still go on: another server could be counting.
    expect(await told(soon)).toEqual([undefined]);
    await soon.close();
    app = await startTestApp({}, folder, new TestClock(Date.now() + 600_000));
    await Promise.all([app.services.refusals.takeUp(), app.services.refusals.takeUp()]);
    expect(await told(app)).toEqual([undefined, AGAIN]);
  });

  it('is told by one alone where a server is so late with its minute that another took its count up', async () => {
    const clock = new TestClock(Date.now());
    app = await startTestApp({}, folder, clock);
    const viewer = new HttpClient(app.url, secret);
    for (let each = 0; each <= AGAIN; each++) await viewer.code(USERS);
    clock.advance(1);
    await untilKept(AGAIN);
    await viewer.code(USERS);
    await app.services.store.change('update refusal_count set due = 0');
    await app.services.refusals.takeUp();
    expect(await told(app)).toEqual([undefined, AGAIN]);
    await app.services.refusals.flush();
    expect(await told(app)).toEqual([undefined, AGAIN, 1]);
  });
});
