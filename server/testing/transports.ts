import { sendOver, socketClient, type Answer, type Carries, type SeenError } from './client.js';

/** The two ways by which an operation reaches the server; what is promised of one is promised of the other. */
export const TRANSPORTS = ['HTTP', 'WebSocket'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Sends operations over one transport with one credential. */
export interface Asker {
  /** The answer, also where it is that the operation was refused. */
  ask(query: string, variables?: Record<string, unknown>, operationName?: string): Promise<Answer<unknown>>;
  end(): Promise<void>;
}

/** An asker for a transport. */
export function askerOver(transport: Transport, url: string, carries: Carries): Asker {
  return transport === 'HTTP' ? overHttp(url, carries) : overSocket(url, carries);
}

function overHttp(url: string, { bearer, cookie }: Carries): Asker {
  const headers = { ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }), ...(cookie === undefined ? {} : { cookie }) };
  const ask: Asker['ask'] = async (query, variables = {}, operationName) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables, operationName }),
    });
    return (await response.json()) as Answer<unknown>;
  };
  return { ask, end: () => Promise.resolve() };
}

function overSocket(url: string, carries: Carries): Asker {
  const client = socketClient(url, { ...carries, stays: true });
  const ask: Asker['ask'] = async (query, variables = {}, operationName) => {
    try {
      return await sendOver<unknown>(client, query, variables, operationName);
    } catch (errors) {
      // What is refused before it runs comes as graphql-ws's own message of errors.
      if (!Array.isArray(errors)) throw errors;
      return { data: undefined, errors: errors as SeenError[] };
    }
  };
  return { ask, end: async () => client.dispose() };
}

/** The code of an answer's first error; undefined where there is none. */
export async function codeOf(answer: Promise<Answer<unknown>>): Promise<string | undefined> {
  return (await answer).errors?.[0]?.extensions.code;
}
