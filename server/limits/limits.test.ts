import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { registeredAgent } from '../testing/agents.js';
import { startTestApp, type TestApp } from '../testing/app.js';
import type { HttpClient } from '../testing/client.js';
import { setUpAdmin, withApiToken } from '../testing/people.js';
import { setSetting } from '../testing/settings.js';
import { askerOver, codeOf, TRANSPORTS, type Asker } from '../testing/transports.js';

const repeated = (count: number, text: (at: number) => string): string => Array.from({ length: count }, (_, at) => text(at)).join(' ');

const TOO_COMPLEX: readonly (readonly [string, string])[] = [
  [
    'that is too deep',
    `{ agents { nodes { ${'tests { nodes { assignments { nodes { agent { '.repeat(3)} id ${'} } } } } '.repeat(3)} } } }`,
  ],
  ['with too many aliases', `{ ${repeated(40, (at) => `a${at}: setUpRequired`)} }`],
  ['with too many directives', `{ setUpRequired ${repeated(60, () => '@include(if: true)')} }`],
  ['with pages in pages', '{ agents(first: 500) { nodes { tests(first: 500) { nodes { id name } } } } }'],
  [
    'with pages in pages behind fragments',
    'fragment T on Agent { tests(first: 500) { nodes { id name } } } { agents(first: 500) { nodes { ...T } } }',
  ],
  ['nested beyond what a parser may call itself for', `{ agent(id: ${'['.repeat(1500)}${']'.repeat(1500)}) { id } }`],
];

describe.each(TRANSPORTS)('the limits over %s', (transport) => {
  let app: TestApp;
  let admin: HttpClient;
  let asker: Asker;
  beforeAll(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
    asker = askerOver(transport, app.url, { cookie: admin.cookie });
  });
  afterAll(async () => {
    await asker.end();
    await app.end();
  });

  it.each(TOO_COMPLEX)('refuse a document %s', async (_what, query) => {
    expect(await codeOf(asker.ask(query))).toBe('QUERY_TOO_COMPLEX');
  });

  it('refuse a page of a length that is in a variable', async () => {
    const query = 'query ($n: Int) { agents(first: $n) { nodes { tests(first: $n) { nodes { id name status createdAt } } } } }';
    expect(await codeOf(asker.ask(query, { n: 10 }))).toBeUndefined();
    expect(await codeOf(asker.ask(query, { n: 500 }))).toBe('QUERY_TOO_COMPLEX');
    expect(await codeOf(asker.ask(query, { n: 10 }))).toBeUndefined();
  });

  it('refuse a document of too many tokens, before it is validated', async () => {
    expect(await codeOf(asker.ask(`{ ${'__typename '.repeat(5000)} }`))).toBe('GRAPHQL_PARSE_FAILED');
  });

  it('refuse fragments that are made of themselves', async () => {
    const cycle = '{ agents { nodes { ...A } } } fragment A on Agent { ...B } fragment B on Agent { ...A }';
    expect(await codeOf(asker.ask(cycle))).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('refuse a flood of the same field, which would be compared each with each', async () => {
    expect(await codeOf(asker.ask(`{ ${'setUpRequired '.repeat(1900)} }`))).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('refuse several operations in one document when nobody says which, and one that is not there', async () => {
    const two = 'query A { setUpRequired } query B { me { id } }';
    expect(await codeOf(asker.ask(two))).toBe('BAD_USER_INPUT');
    expect(await codeOf(asker.ask(two, {}, 'C'))).toBe('BAD_USER_INPUT');
    expect((await asker.ask(two, {}, 'A')).data).toEqual({ setUpRequired: false });
  });

  describe('of the schema', () => {
    const SCHEMA = '{ __schema { queryType { name } } }';
    const MISSPELT = '{ setUpRequirred }';

    it('tell it, and what may have been meant, where the setting allows', async () => {
      expect((await asker.ask(SCHEMA)).data).toEqual({ __schema: { queryType: { name: 'Query' } } });
      expect((await asker.ask(MISSPELT)).errors?.[0]?.message).toMatch(/Did you mean "setUpRequired"/);
    });

    it('tell neither where it does not, at once; __typename stays', async () => {
      await setSetting(app, 'api.introspection', false);
      for (const hidden of [
        SCHEMA,
        '{ __type(name: "Agent") { name } }',
        '{ ...F } fragment F on Query { __schema { queryType { name } } }',
      ]) {
        expect(await codeOf(asker.ask(hidden))).toBe('GRAPHQL_VALIDATION_FAILED');
      }
      expect((await asker.ask(MISSPELT)).errors?.[0]?.message).toBe('Cannot query field "setUpRequirred" on type "Query".');
      expect((await asker.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
      await setSetting(app, 'api.introspection', true);
    });
  });

  describe('of time', () => {
    /** Lets `agent` wait until it is released; tells how often anybody asked for the id of what it found, as its tests do. */
    async function heldAgent() {
      const { id } = await registeredAgent(app, { name: `Attic ${transport}` });
      const found = await app.services.agents.find(app.orm.em.fork(), id);
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      let looks = 0;
      const watched = new Proxy(found, { get: (agent, key) => ((looks += key === 'id' ? 1 : 0), Reflect.get(agent, key) as unknown) });
      const find = vi.spyOn(app.services.agents, 'find').mockImplementation(async () => {
        await held;
        return watched;
      });
      return { id, release, looks: () => looks, find };
    }
    const QUERY = 'query ($id: ID!) { agent(id: $id) { tests { totalCount } } }';

    it('give an operation up, and what it would do still', async () => {
      const held = await heldAgent();
      await setSetting(app, 'limits.operationSeconds', 0.1);
      const answer = await asker.ask(QUERY, { id: held.id });
      expect(answer.errors?.[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX');
      expect(answer.errors?.[0]?.message).toMatch(/longer than 0.1 s/);
      held.release();
      // A round trip: what was released has had its turn.
      await asker.ask('{ setUpRequired }');
      expect(held.looks()).toBe(0);
      held.find.mockRestore();
      await setSetting(app, 'limits.operationSeconds', 20);
    });

    it('leave an operation alone that is in time', async () => {
      const held = await heldAgent();
      const answer = asker.ask(QUERY, { id: held.id });
      held.release();
      expect(await answer).toMatchObject({ data: { agent: { tests: { totalCount: 0 } } } });
      expect(held.looks()).toBeGreaterThan(0);
      held.find.mockRestore();
    });
  });

  describe('of rate', () => {
    it('refuse an integration that asks too often, and say when it may again; others may meanwhile', async () => {
      const { secret } = await withApiToken(app, admin, 'VIEWER');
      const eager = askerOver(transport, app.url, { bearer: secret });
      await setSetting(app, 'limits.operationsPerMinute', 3);
      const codes: (string | undefined)[] = [];
      // To open a WebSocket counts as the first.
      const most = transport === 'HTTP' ? 3 : 2;
      for (let sent = 0; sent < most + 2; sent++) codes.push(await codeOf(eager.ask('{ setUpRequired }')));
      expect(codes).toEqual([...Array.from({ length: most }, () => undefined), 'RATE_LIMITED', 'RATE_LIMITED']);
      const { extensions } = (await eager.ask('{ setUpRequired }')).errors?.[0] ?? {};
      expect(extensions?.retryAfterSeconds).toBeGreaterThan(0);
      expect(extensions?.retryAfterSeconds).toBeLessThanOrEqual(60);
      const agent = await registeredAgent(app);
      const other = askerOver(transport, app.url, { bearer: agent.secret });
      expect(await codeOf(other.ask('{ setUpRequired }'))).toBeUndefined();
      await setSetting(app, 'limits.operationsPerMinute', 6000);
      expect(await codeOf(eager.ask('{ setUpRequired }'))).toBeUndefined();
      await Promise.all([eager.end(), other.end()]);
    });
  });
});
