import WebSocket from 'ws';
import type { Operation } from './operations.js';
import type { Caller } from './world.js';
import type { Verdict } from './verdict.js';

/** How long a query or mutation may go without an answer, ms; subscriptions are ended after the other. */
const ANSWER_MS = 25_000;
const SUBSCRIPTION_MS = 50;

/** Close codes that say whose fault it was, and that it was the client's. */
const CLIENTS_FAULT: ReadonlySet<number> = new Set([1002, 1003, 1007, 1009, 4400, 4401, 4403, 4406, 4408, 4409, 4429, 4430]);

type Answered = (message: Readonly<Record<string, unknown>> | number) => void;

/** A socket that sends whatever it is told, and opens again when the server had enough of it. */
export class FuzzSocket {
  private socket: WebSocket | undefined;
  private readonly waiting = new Map<string, Answered>();
  private last = 0;
  private done = false;

  constructor(
    private readonly url: string,
    private readonly caller: Caller,
    private readonly verdict: Verdict,
  ) {}

  /** Sends an operation by the protocol and judges the answer, or the code that the socket is closed with. */
  async operation(sent: Operation): Promise<void> {
    const socket = await this.open();
    // Refused already: the credential is worth nothing any more.
    if (socket.readyState !== socket.OPEN) return;
    const id = `o${this.last++}`;
    const answered = new Promise<Readonly<Record<string, unknown>> | number>((resolve) => this.waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, type: 'subscribe', payload: sent }));
    const isSubscription = typeof sent.query === 'string' && sent.query.includes('subscription');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>(
      (resolve) => (timer = setTimeout(resolve, isSubscription ? SUBSCRIPTION_MS : ANSWER_MS, undefined)),
    );
    const answer = await Promise.race([answered, late]);
    clearTimeout(timer);
    this.waiting.delete(id);
    if (answer === undefined && !isSubscription) this.verdict.fault('no answer over WebSocket', sent);
    if (answer === undefined) socket.send(JSON.stringify({ id, type: 'complete' }));
    else if (typeof answer === 'number') this.judgeClose(answer, sent);
    else if (answer.type === 'error') this.verdict.judgeErrors(answer.payload, sent);
    else if (answer.type === 'next') this.verdict.judge(answer.payload, sent);
  }

  /** Sends frames of any kind, in any order, on a socket of their own; all that may happen is a close that blames the client. */
  async frames(frames: readonly (string | Uint8Array)[]): Promise<void> {
    const socket = this.connect();
    socket.on('error', () => socket.terminate());
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    await new Promise<void>((resolve) => {
      socket.once('open', resolve);
      void closed.then(() => resolve());
    });
    for (const frame of frames) if (socket.readyState === socket.OPEN) socket.send(frame);
    // A ping that is answered was read after all of them.
    const read = new Promise<void>((resolve) => socket.once('pong', () => resolve()));
    if (socket.readyState === socket.OPEN) socket.ping();
    const code = await Promise.race([closed, read]);
    if (typeof code === 'number') this.judgeClose(code, frames.map(String));
    socket.terminate();
  }

  close(): void {
    this.done = true;
    this.socket?.terminate();
  }

  private judgeClose(code: number, sent: unknown): void {
    if (!this.done && !CLIENTS_FAULT.has(code)) this.verdict.fault(`the close code ${code}`, sent);
  }

  private connect(): WebSocket {
    const { cookie } = this.caller();
    const headers = cookie === undefined ? {} : { cookie };
    return new WebSocket(`${this.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
  }

  private async open(): Promise<WebSocket> {
    if (this.socket?.readyState === WebSocket.OPEN) return this.socket;
    const socket = this.connect();
    this.socket = socket;
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const { bearer } = this.caller();
    const payload = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
    socket.send(JSON.stringify({ type: 'connection_init', payload }));
    await new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as Readonly<Record<string, unknown>>;
        if (message.type === 'connection_ack') resolve();
        this.waiting.get(String(message.id))?.(message);
      });
      socket.once('close', (code) => {
        resolve();
        this.judgeClose(code, 'whatever was sent last');
        for (const answered of this.waiting.values()) answered(code);
      });
    });
    return socket;
  }
}
