import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { COOKIE_BYTES } from '../kernel/stamp/control.js';
import { LIMITS } from './limits.js';

/** When it was given out (ms, 6 bytes), and what makes it unlike any other of that moment. */
const HEAD_BYTES = 8;
const TIME_BYTES = 6;

/** Where a packet came from. */
export interface Source {
  readonly address: string;
  readonly port: number;
}

/**
 * Cookies that show that who asks can be reached at the address that it asks from: one is sent there, and comes back. They are made by a secret of this
 * process and remembered nowhere. Times are ms of a clock that never goes back.
 */
export class Cookies {
  readonly #secret = randomBytes(32);

  give(source: Source, now: number): Buffer {
    const head = randomBytes(HEAD_BYTES);
    head.writeUIntBE(Math.floor(now), 0, TIME_BYTES);
    return Buffer.concat([head, this.#mac(head, source)]);
  }

  /** Whether this one was given to this address and port, not too long ago. */
  isGood(cookie: Buffer, source: Source, now: number): boolean {
    if (cookie.length !== COOKIE_BYTES) return false;
    const head = cookie.subarray(0, HEAD_BYTES);
    if (!timingSafeEqual(cookie.subarray(HEAD_BYTES), this.#mac(head, source))) return false;
    return now - head.readUIntBE(0, TIME_BYTES) <= LIMITS.cookieMs;
  }

  #mac(head: Buffer, { address, port }: Source): Buffer {
    const mac = createHmac('sha256', this.#secret).update(head).update(`${address} ${port}`).digest();
    return mac.subarray(0, COOKIE_BYTES - HEAD_BYTES);
  }
}
