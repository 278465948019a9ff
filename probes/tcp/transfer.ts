import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { POLLIN, POLLOUT } from '../kernel/constants.js';
import { libc } from '../kernel/libc.js';
import { errnoName, type KernelSocket } from '../kernel/socket.js';
import { whenReady } from '../kernel/readiness.js';
import { readTcpInfo, type TcpInfo } from '../kernel/tcp-info.js';

/** One look at a connection while it transfers. */
export interface Sample {
  /** Since the transfer began, ms. */
  readonly atMs: number;
  readonly info: TcpInfo;
  /** The send buffer was full, all of it was on its way, and there was more to send: a larger buffer would have carried more. */
  readonly bufferSpent: boolean;
}

/** How a transfer went. */
export interface Transfer {
  readonly kind: 'send' | 'request';
  readonly samples: readonly Sample[];
  /** The last look while the agent still had something to send: what the path allowed, not what was left of the transfer. */
  readonly steady?: TcpInfo;
  /** Before the first byte. */
  readonly before: TcpInfo;
  readonly last: TcpInfo;
  readonly durationMs: number;
  /** Bytes that the agent wrote into the socket. */
  readonly written: number;
  readonly responseBytes: number;
  /** All was sent and acknowledged, or the response was read. */
  readonly completed: boolean;
  /** errno's name where the peer broke it off. */
  readonly broken?: string;
}

export interface TransferPlan {
  readonly kind: 'send' | 'request';
  readonly bytes: number;
  readonly request: string;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

const CHUNK_BYTES = 256 * 1024;
/** Most that is written in one go before the event loop has its turn. */
const TURN_BYTES = 8 * 2 ** 20;
const SHORTEST_LOOK_MS = 1;
const LONGEST_LOOK_MS = 50;
/** A response that pauses so long is over, ms: a server may keep the connection. */
const QUIET_MS = 500;

interface Memory {
  readonly buffer: Buffer;
  readonly address: number;
}

function allocate(): Memory {
  const { buffer, address } = libc().allocate(CHUNK_BYTES);
  return { buffer, address: Number(address) };
}

/** What is sent: never written to again, so that nothing of one target can reach another. */
let payload: Memory | undefined;
/** Requests and responses, each used within one turn of the loop. */
let scratch: Memory | undefined;

function payloadMemory(): Memory {
  if (!payload) {
    payload = allocate();
    payload.buffer.fill('x');
  }
  return payload;
}

/** Runs a transfer on an established connection and looks at it at least once an RTT (once a millisecond at most). */
export class TransferRun {
  readonly #begin = performance.now();
  readonly #samples: Sample[] = [];
  readonly #before: TcpInfo;
  #steady: TcpInfo | undefined;
  #written = 0;
  #read = 0;
  #broken: string | undefined;

  constructor(
    readonly socket: KernelSocket,
    readonly plan: TransferPlan,
  ) {
    this.#before = readTcpInfo(socket);
  }

  async run(): Promise<Transfer> {
    const completed = this.plan.kind === 'send' ? await this.#send(this.plan.bytes) : await this.#ask();
    const last = this.#look();
    return {
      kind: this.plan.kind,
      samples: this.#samples,
      steady: this.#steady,
      before: this.#before,
      last,
      durationMs: this.#elapsed(),
      written: this.#written,
      responseBytes: this.#read,
      completed: completed && this.#broken === undefined,
      broken: this.#broken,
    };
  }

  #elapsed(): number {
    return performance.now() - this.#begin;
  }

  #over(): boolean {
    return this.#broken !== undefined || this.plan.signal.aborted || this.#elapsed() >= this.plan.limitMs;
  }

  /** A socket that is always ready would be looked at with each byte: once in a millisecond is enough. */
  #lookNow(left = 0): TcpInfo {
    const last = this.#samples.at(-1);
    return last && this.#elapsed() - last.atMs < SHORTEST_LOOK_MS ? last.info : this.#look(left);
  }

  #look(left = 0): TcpInfo {
    const info = readTcpInfo(this.socket);
    this.#samples.push({ atMs: this.#elapsed(), info, bufferSpent: left > 0 && info.notSentBytes === 0 });
    return info;
  }

  async #send(bytes: number): Promise<boolean> {
    const { address } = payloadMemory();
    while (!this.#over()) {
      this.#write(address, bytes - this.#written);
      const left = bytes - this.#written;
      const info = this.#lookNow(left);
      if (left > 0 || info.notSentBytes > 0) this.#steady = info;
      this.#takeError();
      if (left <= 0 && info.unacked === 0 && info.notSentBytes === 0) return true;
      await this.#wait(left > 0 ? POLLOUT : 0, info);
    }
    return false;
  }

  async #ask(): Promise<boolean> {
    const request = Buffer.from(this.plan.request.replace(/\r?\n/g, '\r\n'));
    scratch ??= allocate();
    scratch.buffer.set(request);
    this.#write(scratch.address, request.length);
    let heard = performance.now();
    while (!this.#over()) {
      const info = this.#lookNow();
      await this.#wait(POLLIN, info);
      const count = this.#readSome();
      if (count === 0 || this.#read >= this.plan.bytes) return true;
      if (count > 0) heard = performance.now();
      else if (this.#read > 0 && performance.now() - heard > QUIET_MS) return true;
    }
    return false;
  }

  async #wait(events: number, { rttMs }: TcpInfo): Promise<void> {
    // A socket that is always ready must not keep everybody else from their turn.
    await nextTurn();
    this.#takeError();
    if (this.#over()) return;
    const next = Math.min(LONGEST_LOOK_MS, Math.max(SHORTEST_LOOK_MS, rttMs / 2));
    const end = Math.min(performance.now() + next, this.#begin + this.plan.limitMs);
    await whenReady(this.socket.fd, events, end, this.plan.signal);
  }

  /** Writes as much as the socket takes. */
  #write(address: number, bytes: number): void {
    const most = this.#written + Math.min(bytes, TURN_BYTES);
    while (this.#written < most) {
      const count = Number(libc().write(this.socket.fd, address, Math.min(most - this.#written, CHUNK_BYTES)));
      if (count < 0) return this.#failed();
      this.#written += count;
    }
  }

  /** Reads what waits: its bytes, 0 at the peer's end, -1 where nothing waits. */
  #readSome(): number {
    scratch ??= allocate();
    const count = Number(libc().read(this.socket.fd, scratch.address, CHUNK_BYTES));
    if (count > 0) this.#read += count;
    else if (count < 0) this.#failed();
    return count;
  }

  /** A reset also ends a connection that we only wait on. */
  #takeError(): void {
    const errno = this.socket.takeError();
    if (errno !== 0) this.#broken = errnoName(errno);
  }

  #failed(): void {
    const name = errnoName(libc().errno());
    if (name !== 'EAGAIN' && name !== 'EINTR') this.#broken = name;
  }
}
