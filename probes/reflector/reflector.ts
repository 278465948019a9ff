import { createSocket, type Socket } from 'node:dgram';
import { performance } from 'node:perf_hooks';
import { familyOf, placeOf } from '../kernel/address.js';
import { AF_INET, AF_INET6, IPPROTO_UDP, SOCK_DGRAM } from '../kernel/constants.js';
import { kernelAvailability } from '../kernel/libc.js';
import { neverFragment } from '../kernel/never-fragment.js';
import { KernelError, KernelSocket } from '../kernel/socket.js';
import { StampKey } from '../kernel/stamp/seal.js';
import type { Source } from './cookies.js';
import { Responder, type Refusal, type Reply } from './responder.js';

const BUFFER_BYTES = 1 << 20;

/** Where a reflector listens, and with whom it speaks. */
export interface ReflectorConfig {
  /** One of this host's addresses; `0.0.0.0` and `::` are all of them. */
  readonly address: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** What senders must know. */
  readonly key: string;
}

/** Packets since the reflector was opened. */
export type ReflectorCounters = Readonly<Record<'answered' | 'unsent' | Refusal, number>>;

/** A reflector cannot be opened; the message says why, and what would help. */
export class ReflectorError extends Error {
  override readonly name = 'ReflectorError';
}

/** Answers STAMP packets on one UDP port, until it is closed. */
export class Reflector {
  readonly #counters = { answered: 0, unsent: 0, malformed: 0, unauthentic: 0, replayed: 0, limited: 0 };
  readonly #responder: Responder;

  private constructor(
    private readonly socket: Socket,
    key: string,
    private readonly onTrouble: (message: string) => void,
  ) {
    this.#responder = new Responder(new StampKey(key), () => performance.now());
    socket.on('message', (packet, from) => this.#take(packet, from));
    socket.on('error', (error) => onTrouble(`the reflector's socket: ${error.message}`));
  }

  /** `onTrouble` is told what goes wrong later. @throws ReflectorError */
  static open(config: ReflectorConfig, onTrouble: (message: string) => void): Reflector {
    const kernel = kernelAvailability();
    if (!kernel.available) throw new ReflectorError(`this host can run no reflector: ${kernel.reason}`);
    const family = familyOf(config.address);
    const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
    socket.bind({ fd: boundSocket(config, family).release() });
    return new Reflector(socket, config.key, onTrouble);
  }

  get port(): number {
    return this.socket.address().port;
  }

  get counters(): ReflectorCounters {
    return { ...this.#counters };
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }

  #take(packet: Buffer, from: Source): void {
    const answer = this.#responder.answer(packet, from);
    if (typeof answer === 'string') this.#counters[answer] += 1;
    else this.#send(answer, from);
  }

  #send({ packet, ifTooLarge }: Reply, to: Source): void {
    this.socket.send(packet, to.port, to.address, (error) => {
      if (!error) this.#counters.answered += 1;
      else if (ifTooLarge && 'code' in error && error.code === 'EMSGSIZE') this.#send({ packet: ifTooLarge() }, to);
      // The way back is closed, or the send buffer full: the sender sees that nothing came.
      else this.#counters.unsent += 1;
    });
  }
}

/** A socket whose packets leave whole or not at all. @throws ReflectorError */
function boundSocket({ address, port }: ReflectorConfig, family: 4 | 6): KernelSocket {
  let socket: KernelSocket | undefined;
  try {
    socket = KernelSocket.open(family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    neverFragment(socket, family);
    // A socket of IPv6 speaks IPv4 as well where it is bound to all addresses.
    if (family === 6) neverFragment(socket, 4);
    socket.setBuffers(BUFFER_BYTES, BUFFER_BYTES);
    socket.bind({ address, port });
    return socket;
  } catch (error) {
    socket?.close();
    if (!(error instanceof KernelError)) throw error;
    throw new ReflectorError(`the reflector cannot listen on ${placeOf({ address, port })}: ${adviceFor(error.code)}`, { cause: error });
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program has that port; choose another',
  EACCES: 'ports below 1024 need CAP_NET_BIND_SERVICE; choose a larger one',
  EADDRNOTAVAIL: 'this host does not have that address (yet)',
  EAFNOSUPPORT: 'this host does not speak that address family',
};

function adviceFor(code: string): string {
  const advice = ADVICE[code];
  return advice === undefined ? code : `${advice} (${code})`;
}
