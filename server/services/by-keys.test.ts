import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Agent } from '../entities/agent.js';
import { Test } from '../entities/test.js';
import { User } from '../entities/user.js';
import { wrap } from '../orm.js';
import { startTestApp, type TestApp } from '../testing/app.js';
import { createTest, testInput, tideAgent, type SeenTest, type TideAgent } from '../testing/measuring.js';
import { setUpAdmin } from '../testing/people.js';
import { byKeys } from './by-keys.js';

describe('reading entities by their keys', () => {
  let app: TestApp;
  let agent: TideAgent;
  let test: SeenTest;

  beforeAll(async () => {
    app = await startTestApp();
    const admin = await setUpAdmin(app);
    agent = await tideAgent(app, 'Agent');
    test = await createTest(admin, testInput([agent.id]));
  });
  afterAll(() => app.end());

  it.each([
    ['agents', Agent, () => agent.id],
    ['tests', Test, () => test.id],
  ] as const)('gives what the mapper itself reads: %s', async (_, entity, id) => {
    const [read] = await byKeys(app.services.store, app.orm.em.fork(), entity as typeof Agent, [id()]);
    const own = await app.orm.em.fork().findOneOrFail(entity as typeof Agent, { id: id() });
    expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(own)));
    expect(read).toBeInstanceOf(entity);
  });

  it('leaves out what is not there', async () => {
    expect(await byKeys(app.services.store, app.orm.em.fork(), Agent, ['nobody'])).toEqual([]);
  });

  it('keeps what is loaded, with its changes, and fills what is only referred to', async () => {
    const em = app.orm.em.fork();
    const loaded = await em.findOneOrFail(Agent, { id: agent.id });
    loaded.name = 'changed';
    expect((await byKeys(app.services.store, em, Agent, [agent.id]))[0]).toBe(loaded);
    expect(loaded.name).toBe('changed');
    const [{ id } = { id: '' }] = await em.fork().find(User, {});
    const reference = em.getReference(User, id);
    expect(wrap(reference).isInitialized()).toBe(false);
    expect((await byKeys(app.services.store, em, User, [id]))[0]).toBe(reference);
    expect(reference.username).toBe('ada');
  });

  it('gives entities whose changes are written', async () => {
    const em = app.orm.em.fork();
    const [read] = await byKeys(app.services.store, em, Agent, [agent.id]);
    if (read) read.name = 'renamed';
    await em.flush();
    expect((await app.orm.em.fork().findOneOrFail(Agent, { id: agent.id })).name).toBe('renamed');
  });

  it('sees in a transaction what it has not committed yet', async () => {
    await app.orm.em.fork().transactional(async (em) => {
      await em.nativeUpdate(Agent, { id: agent.id }, { name: 'not committed' });
      expect((await byKeys(app.services.store, em, Agent, [agent.id]))[0]?.name).toBe('not committed');
    });
  });
});
