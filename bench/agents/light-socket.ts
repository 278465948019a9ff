import { WebSocket, type RawData } from 'ws';

/** As long as an agent waits for the welcome, and for an answer, before it gives the connection up, ms. */
const WELCOME_MS = 15_000;
const ANSWER_MS = 20_000;

interface Operation {
  next(data: unknown): void;
  failed(reason: string): void;
}

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: { readonly data?: unknown; readonly errors?: unknown };
}

/** One connection that speaks graphql-transport-ws and little else: a process holds thousands of them. */
export class LightSocket {
  /** Settles with the reason when the connection has ended. */
  readonly closed: Promise<string>;
  private readonly operations = new Map<string, Operation>();
  private made = 0;

  private constructor(private readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        const text = `closed with ${code} ${reason.toString()}`.trim();
        for (const { failed } of this.operations.values()) failed(text);
        this.operations.clear();
        resolve(text);
      });
    });
    socket.on('message', (data) => this.heard(data));
  }

  /** Connects with a secret. @throws Error when nobody is there, or the secret is not taken */
  static open(url: string, secret: string): Promise<LightSocket> {
    const address = `${url.replace(/^http/, 'ws')}/graphql`;
    const socket = new WebSocket(address, 'graphql-transport-ws', { perMessageDeflate: false, handshakeTimeout: WELCOME_MS });
    const light = new LightSocket(socket);
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => socket.terminate(), WELCOME_MS);
      socket.on('open', () => light.send({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } }));
      // Before a 'close'; after the welcome the promise is settled and only `closed` tells.
      socket.on('error', (error) => reject(error));
      void light.closed.then((reason) => {
        clearTimeout(late);
        reject(new Error(reason));
      });
      light.operations.set('welcome', {
        next: () => {
          clearTimeout(late);
          light.operations.delete('welcome');
          resolve(light);
        },
        failed: (reason) => reject(new Error(reason)),
      });
    });
  }

  /** Runs a query or mutation. @throws Error when the answer has errors, does not come in 20 s, or the connection ends */
  call<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error(`no answer in ${ANSWER_MS / 1000} s`));
        this.terminate();
      }, ANSWER_MS);
      const id = this.start(query, variables, {
        next: (data) => {
          clearTimeout(late);
          this.operations.delete(id);
          resolve(data as T);
        },
        failed: (reason) => {
          clearTimeout(late);
          reject(new Error(reason));
        },
      });
    });
  }

  /** Listens to a subscription. */
  listen<T>(query: string, variables: Record<string, unknown>, next: (data: T) => void, failed: (reason: string) => void): void {
    this.start(query, variables, { next: next as (data: unknown) => void, failed });
  }

  /** Ends the connection at once. */
  terminate(): void {
    this.socket.terminate();
  }

  /** Says goodbye and waits for the end. */
  async close(): Promise<void> {
    this.socket.close(1000);
    await this.closed;
  }

  private start(query: string, variables: Record<string, unknown>, operation: Operation): string {
    this.made += 1;
    const id = String(this.made);
    this.operations.set(id, operation);
    this.send({ type: 'subscribe', id, payload: { query, variables } });
    return id;
  }

  private send(message: unknown): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private heard(data: RawData): void {
    const { type, id, payload } = JSON.parse((data as Buffer).toString()) as Message;
    if (type === 'connection_ack') return this.operations.get('welcome')?.next(undefined);
    if (type === 'ping') return this.send({ type: 'pong' });
    const operation = id === undefined ? undefined : this.operations.get(id);
    if (type === 'next' && payload?.errors === undefined) operation?.next(payload?.data);
    else if (type === 'next' || type === 'error') operation?.failed(JSON.stringify(payload?.errors ?? payload));
  }
}
