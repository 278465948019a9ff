import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from 'graphql-ws';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient, sendOver, socketClient, type SeenError } from './testing/client.js';
import { setUpAdmin } from './testing/people.js';

const LOGIN = 'mutation ($username: String!) { login(username: $username, password: "x") { id } }';
const DEEP = `{ ${'tests { nodes { results { nodes { test { '.repeat(4)} id ${'} } } } } '.repeat(4)} }`;

describe('errors', () => {
  let app: TestApp;
  let admin: HttpClient;
  let socket: Client;
  beforeAll(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
    socket = socketClient(app.url, { cookie: admin.cookie });
  });
  afterAll(async () => {
    await socket.dispose();
    await app.end();
  });

  /** The first error over HTTP and over WebSocket: they must agree. */
  async function firstError(query: string, variables: Record<string, unknown> = {}): Promise<SeenError | undefined> {
    const overHttp = (await admin.send(query, variables)).errors?.[0];
    const overSocket = await sendOver(socket, query, variables).then(
      (answer) => answer.errors?.[0],
      (errors: readonly SeenError[]) => errors[0],
    );
    expect(overSocket?.extensions.code).toBe(overHttp?.extensions.code);
    expect(overSocket?.message).toBe(overHttp?.message);
    return overHttp;
  }

  it.each([
    ['a document that is no GraphQL', '{ me {', 'GRAPHQL_PARSE_FAILED'],
    ['a field that does not exist', '{ me { shoeSize } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a query that is too deep', DEEP, 'QUERY_TOO_COMPLEX'],
    ['too many aliases', `{ ${Array.from({ length: 40 }, (_, at) => `a${at}: setUpRequired`).join(' ')} }`, 'QUERY_TOO_COMPLEX'],
    ['a cursor of another list', '{ agents(after: "%%") { totalCount } }', 'BAD_USER_INPUT'],
    ['something that is not there', '{ agent(id: "nobody") { id } }', 'NOT_FOUND'],
  ])('of %s have the code of the contract', async (_what, query, code) => {
    expect((await firstError(query))?.extensions.code).toBe(code);
  });

  it('of variables name the field', async () => {
    const error = await firstError('mutation ($input: AgentUpdateInput!) { updateAgent(id: "x", input: $input) { id } }', {
      input: { name: 7 },
    });
    expect(error?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'input.name' }] });
    expect((await admin.send(LOGIN)).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'username' }] });
  });

  it('of ours show an id that finds the log line, and nothing of what went wrong', async () => {
    const broken = await startTestApp();
    const client = await setUpAdmin(broken);
    await broken.orm.em.getConnection().execute('alter table audit_event rename to elsewhere');
    const { errors } = await client.send('{ auditEvents { totalCount } }');
    await broken.orm.em.getConnection().execute('alter table elsewhere rename to audit_event');
    const { code, id, ...rest } = errors?.[0]?.extensions ?? { code: 'none' };
    expect(code).toBe('INTERNAL_SERVER_ERROR');
    expect(rest).toEqual({});
    expect(JSON.stringify(errors)).not.toMatch(/audit_event|select|SQLITE|node_modules/i);
    const line = broken.logged.find(({ errorId }) => errorId === id);
    expect(JSON.stringify(line)).toContain('audit_event');
    await broken.end();
  });

  it('refuse requests that a page elsewhere could make a browser send', async () => {
    const body = JSON.stringify({ query: '{ setUpRequired }' });
    for (const contentType of ['text/plain', 'application/x-www-form-urlencoded']) {
      const response = await fetch(`${app.url}/graphql`, { method: 'POST', headers: { 'content-type': contentType }, body });
      expect(response.status).toBeGreaterThanOrEqual(400);
    }
    const byLink = await fetch(`${app.url}/graphql?query=${encodeURIComponent('{ setUpRequired }')}`);
    expect(byLink.status).toBe(405);
  });
});
