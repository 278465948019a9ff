import { getSystemErrorName } from 'node:util';
import { decodeSockaddr, encodeSockaddr, SOCKADDR_IN6_BYTES, type Endpoint } from './address.js';
import {
  SO_ERROR,
  SO_LINGER,
  SO_MEMINFO,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from './constants.js';
import { libc } from './libc.js';

/** A system call that failed. `code` is errno's name: `EACCES`. */
export class KernelError extends Error {
  readonly code: string;

  constructor(
    readonly call: string,
    readonly errno: number,
  ) {
    const code = errnoName(errno);
    super(`${call}: ${code}`);
    this.name = 'KernelError';
    this.code = code;
  }
}

/** errno's name: `ECONNREFUSED`. */
export function errnoName(errno: number): string {
  return getSystemErrorName(-errno);
}

/** Where in SO_MEMINFO the drops stand (SK_MEMINFO_DROPS, include/uapi/linux/sock_diag.h). */
const MEMINFO_DROPS = 8;
const MEMINFO_BYTES = 36;

/** A socket of our own, non-blocking, closed at exec. */
export class KernelSocket {
  #open = true;

  private constructor(readonly fd: number) {}

  /** socket(2). @throws KernelError, with EACCES or EPERM where this user may not */
  static open(family: number, type: number, protocol: number): KernelSocket {
    const fd = libc().socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (fd < 0) throw new KernelError('socket', libc().errno());
    return new KernelSocket(fd);
  }

  /** setsockopt(2) with an int. @throws KernelError */
  setInt(level: number, option: number, value: number): void {
    const buffer = Buffer.alloc(4);
    buffer.writeInt32LE(value | 0);
    this.setBytes(level, option, buffer);
  }

  /** setsockopt(2) with a structure. @throws KernelError */
  setBytes(level: number, option: number, value: Uint8Array): void {
    if (libc().setsockopt(this.fd, level, option, value, value.length) < 0)
      throw new KernelError(`setsockopt ${level}/${option}`, libc().errno());
  }

  /** getsockopt(2) with an int. @throws KernelError */
  getInt(level: number, option: number): number {
    return this.getBytes(level, option, 4).readInt32LE(0);
  }

  /** getsockopt(2) with a structure of up to `most` bytes; an older kernel's may be shorter. @throws KernelError */
  getBytes(level: number, option: number, most: number): Buffer {
    const value = Buffer.alloc(most);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(most);
    if (libc().getsockopt(this.fd, level, option, value, length) < 0)
      throw new KernelError(`getsockopt ${level}/${option}`, libc().errno());
    return value.subarray(0, length.readUInt32LE(0));
  }

  /** bind(2). @throws KernelError */
  bind(endpoint: Endpoint): void {
    const address = encodeSockaddr(endpoint);
    if (libc().bind(this.fd, address, address.length) < 0) throw new KernelError('bind', libc().errno());
  }

  /** connect(2), started: gives 0, or errno (EINPROGRESS while it goes on). */
  connect(endpoint: Endpoint): number {
    const address = encodeSockaddr(endpoint);
    return libc().connect(this.fd, address, address.length) < 0 ? libc().errno() : 0;
  }

  /** The socket's own address. @throws KernelError */
  localEndpoint(): Endpoint | undefined {
    const address = Buffer.alloc(SOCKADDR_IN6_BYTES);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(address.length);
    if (libc().getsockname(this.fd, address, length) < 0) throw new KernelError('getsockname', libc().errno());
    return decodeSockaddr(address);
  }

  /** SO_ERROR: the pending error's errno, or 0; reading clears it. */
  takeError(): number {
    return this.getInt(SOL_SOCKET, SO_ERROR);
  }

  /** Datagrams that this socket has dropped since it was opened, since its buffer was full (SO_MEMINFO, Linux 4.12). */
  drops(): number {
    const info = this.getBytes(SOL_SOCKET, SO_MEMINFO, MEMINFO_BYTES);
    return info.length >= MEMINFO_BYTES ? info.readUInt32LE(MEMINFO_DROPS * 4) : 0;
  }

  /** Asks for buffers of this size: beyond the system's limit where the privilege allows, else as large as it goes. */
  setBuffers(receiveBytes: number, sendBytes: number): void {
    this.#growBuffer(SO_RCVBUFFORCE, SO_RCVBUF, receiveBytes);
    this.#growBuffer(SO_SNDBUFFORCE, SO_SNDBUF, sendBytes);
  }

  /** close(2); a second time does nothing. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    libc().close(this.fd);
  }

  /** Gives the descriptor away: whoever takes it closes it, and `close` does nothing more. */
  release(): number {
    this.#open = false;
    return this.fd;
  }

  /** Ends a TCP connection by a reset, which leaves no TIME_WAIT in the way of the next one from the same port. */
  reset(): void {
    const linger = Buffer.alloc(8);
    linger.writeInt32LE(1, 0);
    this.setBytes(SOL_SOCKET, SO_LINGER, linger);
    this.close();
  }

  #growBuffer(forced: number, ordinary: number, bytes: number): void {
    try {
      this.setInt(SOL_SOCKET, forced, bytes);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.setInt(SOL_SOCKET, ordinary, bytes);
    }
  }
}
