import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient } from './testing/client.js';
import { setUpAdmin } from './testing/people.js';
import { emptyPostgres, ON_POSTGRES } from './testing/test-database.js';

const LOGIN = 'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { username } }';
const CREATE = 'mutation ($input: UserInput!) { createUser(input: $input) { id } }';
const PASSWORD = 'a-passphrase-for-tests-8';

// PostgreSQL's lower() follows the database's rules for letters: with those of a language it knows more than A to Z.
describe('a name with other letters than A to Z', () => {
  let app: TestApp;
  let admin: HttpClient;
  beforeAll(async () => {
    app = await startTestApp(ON_POSTGRES ? { databaseUrl: await emptyPostgres('de') } : {});
    admin = await setUpAdmin(app);
  });
  afterAll(() => app.end());

  const create = (username: string) => admin.code(CREATE, { input: { username, password: PASSWORD, role: 'VIEWER' } });
  const signIn = (username: string) => new HttpClient(app.url).code(LOGIN, { username, password: PASSWORD });

  it('signs in, without regard to the case of A to Z', async () => {
    expect(await create('Émilie')).toBeUndefined();
    expect(await signIn('Émilie')).toBeUndefined();
    expect(await signIn(' ÉMILIE ')).toBeUndefined();
    expect(await create('ÉmiLie')).toBe('CONFLICT');
  });

  it('is another one where one of those letters is', async () => {
    expect(await signIn('émilie')).toBe('UNAUTHENTICATED');
    expect(await create('émilie')).toBeUndefined();
    expect(await signIn('émilie')).toBeUndefined();
  });
});
