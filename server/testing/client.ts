import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';

/** A GraphQL error as clients see it. */
export interface SeenError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string };
}

/** A GraphQL answer as clients see it. */
export interface Answer<T> {
  readonly data: T;
  readonly errors?: readonly SeenError[];
}

/** What a test client carries. */
export interface Carries {
  readonly bearer?: string;
  readonly cookie?: string;
}

/** How a socket client keeps its connection. */
export interface Keeps extends Carries {
  /** True: it connects at once and stays connected, as agents do; else it is connected while an operation runs. */
  readonly stays?: boolean;
}

/** A GraphQL client over HTTP that keeps its cookie, as a browser does. */
export class HttpClient {
  cookie: string | undefined;
  /** The newest Set-Cookie header. */
  setCookie: string | undefined;

  constructor(
    private readonly url: string,
    private readonly bearer?: string,
  ) {}

  async send<T = Record<string, unknown>>(
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.bearer === undefined ? {} : { authorization: `Bearer ${this.bearer}` }),
        ...(this.cookie === undefined ? {} : { cookie: this.cookie }),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
    });
    this.keepCookie(response);
    return (await response.json()) as Answer<T>;
  }

  /** The data of an answer. @throws Error when the answer has errors */
  async data<T = Record<string, unknown>>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const { data, errors } = await this.send<T>(query, variables);
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }

  /** The code of the first error; undefined where there is none. */
  async code(query: string, variables: Record<string, unknown> = {}): Promise<string | undefined> {
    return (await this.send(query, variables)).errors?.[0]?.extensions.code;
  }

  /** The same person at another address of the same installation. */
  at(url: string): HttpClient {
    const other = new HttpClient(url, this.bearer);
    other.cookie = this.cookie;
    return other;
  }

  private keepCookie(response: Response): void {
    const header = response.headers.getSetCookie()[0];
    if (header === undefined) return;
    this.setCookie = header;
    const pair = header.split(';')[0] ?? '';
    this.cookie = pair.endsWith('=') ? undefined : pair;
  }
}

/** A graphql-ws client with a bearer secret, a cookie or neither; it never retries. */
export function socketClient(url: string, { bearer, cookie, stays = false }: Keeps = {}, onClosed?: (code: number) => void): Client {
  class WithCookie extends WebSocket {
    constructor(address: string, protocols: string | string[]) {
      super(address, protocols, cookie === undefined ? {} : { headers: { cookie } });
    }
  }
  return createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WithCookie,
    retryAttempts: 0,
    lazy: !stays,
    ...(bearer === undefined ? {} : { connectionParams: { authorization: `Bearer ${bearer}` } }),
    on: { closed: (event) => onClosed?.((event as { code: number }).code) },
  });
}

/** Runs a query or mutation over a socket. */
export async function sendOver<T = Record<string, unknown>>(
  client: Client,
  query: string,
  variables: Record<string, unknown> = {},
  operationName?: string,
): Promise<Answer<T>> {
  for await (const answer of client.iterate<T>({ query, variables, operationName })) return answer as unknown as Answer<T>;
  throw new Error('the socket gave no answer');
}
