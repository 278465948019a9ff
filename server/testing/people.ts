import { HttpClient } from './client.js';
import type { TestApp } from './app.js';

export const ADMIN = { username: 'ada', password: 'analytical-engine-1843' };

/** The token of the set-up link. @throws Error when the server is set up already */
export function setUpToken({ setupUrl }: Pick<TestApp, 'setupUrl'>): string {
  const token = setupUrl?.split('#token=')[1];
  if (token === undefined) throw new Error('the server has no set-up link');
  return token;
}

/** Uses the set-up link: a client that is signed in as the first administrator. */
export async function setUpAdmin(app: Pick<TestApp, 'url' | 'setupUrl'>): Promise<HttpClient> {
  const client = new HttpClient(app.url);
  await client.data(
    'mutation ($token: String!, $username: String!, $password: String!) { setUp(token: $token, username: $username, password: $password) { id } }',
    {
      token: setUpToken(app),
      ...ADMIN,
    },
  );
  return client;
}

/** A client that carries an API token with this role. */
export async function withApiToken(
  app: Pick<TestApp, 'url'>,
  admin: HttpClient,
  role: string,
): Promise<HttpClient & { readonly secret: string; readonly tokenId: string }> {
  const { createApiToken } = await admin.data<{ createApiToken: { secret: string; token: { id: string } } }>(
    'mutation ($input: ApiTokenInput!) { createApiToken(input: $input) { secret token { id } } }',
    { input: { name: `${role} token`, kind: 'API', role } },
  );
  return Object.assign(new HttpClient(app.url, createApiToken.secret), { secret: createApiToken.secret, tokenId: createApiToken.token.id });
}
