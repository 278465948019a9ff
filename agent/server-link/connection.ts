import { createClient, type Client } from 'graphql-ws/client';
import { WebSocket } from 'ws';
import { CallError, ConnectionError, type CloseReason } from './errors.js';

/** Longest wait for the TCP connection, the WebSocket and the server's welcome together, ms. */
const WELCOME_MS = 15_000;

/** The agent's socket: results are small and many, so compressing each would cost more than it saves. */
class AgentSocket extends WebSocket {
  constructor(url: string, protocols: string | string[]) {
    super(url, protocols, { perMessageDeflate: false, handshakeTimeout: WELCOME_MS, followRedirects: false });
  }
}

function reasonOf(event: unknown): CloseReason {
  const { code, reason, message } = (event ?? {}) as { readonly code?: unknown; readonly reason?: unknown; readonly message?: unknown };
  const text = [reason, message].find((part) => typeof part === 'string' && part !== '');
  return { code: typeof code === 'number' ? code : undefined, text: typeof text === 'string' ? text : 'the connection broke' };
}

/** One WebSocket to the server, from its opening to its end; nothing in it reconnects. */
export class Connection {
  /** Settles, once, when the connection has ended for whatever reason. */
  readonly closed: Promise<CloseReason>;
  readonly #client: Client;
  #isClosed = false;

  private constructor(url: string, secret: string, opened: () => void, failed: (error: ConnectionError) => void) {
    let close: (reason: CloseReason) => void = () => undefined;
    this.closed = new Promise((resolve) => (close = resolve));
    const end = (event: unknown): void => {
      this.#isClosed = true;
      close(reasonOf(event));
      failed(new ConnectionError(reasonOf(event)));
    };
    this.#client = createClient({
      url,
      webSocketImpl: AgentSocket,
      connectionParams: { authorization: `Bearer ${secret}` },
      lazy: false,
      retryAttempts: 0,
      connectionAckWaitTimeout: WELCOME_MS,
      on: { connected: opened, closed: end, error: end },
      onNonLazyError: end,
    });
  }

  /** Connects with this secret. @throws ConnectionError when the server is not there or takes the secret not */
  static open(url: string, secret: string): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const connection: Connection = new Connection(url, secret, () => resolve(connection), reject);
    });
  }

  /**
   * Runs a query or mutation.
   *
   * @throws CallError when the server answers with an error, or not within `timeoutMs` (then the connection is ended: it is dead)
   */
  call(query: string, variables: Record<string, unknown>, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new CallError('TIMEOUT', `the server did not answer in ${timeoutMs / 1000} s`));
        this.terminate();
      }, timeoutMs);
      const answered = (data: unknown): void => {
        clearTimeout(late);
        resolve(data);
      };
      this.#subscribe(query, variables, answered, (error) => {
        clearTimeout(late);
        reject(error ?? new CallError('UNAVAILABLE', 'the server ended the call without an answer'));
      });
    });
  }

  /** Listens to a subscription; `ended` is called once, with the error if there was one. */
  listen(query: string, next: (data: unknown) => void, ended: (error: CallError | undefined) => void): void {
    this.#subscribe(query, {}, next, ended);
  }

  /** Says goodbye and closes. */
  async close(): Promise<void> {
    await this.#client.dispose();
    this.#isClosed = true;
  }

  /** Ends the connection at once, without waiting for the other side. */
  terminate(): void {
    if (!this.#isClosed) this.#client.terminate();
  }

  #subscribe(
    query: string,
    variables: Record<string, unknown>,
    next: (data: unknown) => void,
    ended: (error: CallError | undefined) => void,
  ): void {
    // A subscription on a client whose socket is gone would open another one.
    if (this.#isClosed) return ended(new CallError('UNAVAILABLE', 'the connection to the server is closed'));
    let over = false;
    const end = (error?: CallError): void => {
      if (!over) ended(error);
      over = true;
    };
    this.#client.subscribe(
      { query, variables },
      {
        next: ({ data, errors }) => (errors ? end(CallError.from(errors)) : next(data)),
        error: (error) => end(CallError.from(error)),
        complete: () => end(),
      },
    );
  }
}
