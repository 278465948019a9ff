import { ADMINISTRATOR } from './first-steps.js';

/** A person at the GraphQL API, over HTTP with the session's cookie. */
export class ApiClient {
  private constructor(
    private readonly url: string,
    /** The session's cookie, as a browser sends it. */
    readonly cookie: string,
  ) {}

  /** Creates the first administrator by the one-time link. */
  static async setUp(setupUrl: string): Promise<ApiClient> {
    const { origin, hash } = new URL(setupUrl);
    const token = hash.slice('#token='.length);
    const query =
      'mutation ($token: String!, $username: String!, $password: String!) { setUp(token: $token, username: $username, password: $password) { id } }';
    const response = await post(origin, '', query, { token, ...ADMINISTRATOR });
    return ApiClient.signedIn(origin, response);
  }

  /** Signs in. @throws Error with what the server said */
  static async signIn(url: string, username: string, password: string): Promise<ApiClient> {
    const query = 'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { id } }';
    return ApiClient.signedIn(url, await post(url, '', query, { username, password }));
  }

  private static async signedIn(url: string, response: Response): Promise<ApiClient> {
    const cookie = response.headers.getSetCookie().map((text) => text.split(';')[0]).join('; '); // prettier-ignore
    await dataOf(response);
    return new ApiClient(url, cookie);
  }

  /** The data of an operation. @throws Error with what the server said, or when it is not there */
  async ask<T>(query: string, variables: object = {}): Promise<T> {
    return dataOf<T>(await post(this.url, this.cookie, query, variables));
  }
}

function post(origin: string, cookie: string, query: string, variables: object): Promise<Response> {
  return fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie },
    body: JSON.stringify({ query, variables }),
  });
}

async function dataOf<T>(response: Response): Promise<T> {
  const { data, errors } = (await response.json()) as { data: T; errors?: { message: string }[] };
  if (errors) throw new Error(errors.map(({ message }) => message).join('; '));
  return data;
}
