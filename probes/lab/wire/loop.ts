import { POLLIN } from '../../kernel/constants.js';
import { libc } from '../../kernel/libc.js';
import type { Direction } from './direction.js';

/** How long before a packet is due the wire stops sleeping and watches the clock, ms: longer than the kernel mostly takes to wake it. */
const SPIN_MS = 0.2;
/** Packets taken from, or given to, one device before the rest has its turn. */
const TURN = 32;
const POLLFD_BYTES = 8;

/** A device that packets come from, and the direction that carries them to the other device. */
export interface Port {
  readonly fd: number;
  readonly direction: Direction;
  readonly out: number;
}

/** Sleeps until a descriptor can be read or a time is reached, to the nanosecond as far as the kernel keeps to it. */
class Sleeper {
  readonly #memory: Buffer;
  readonly #address: number;
  readonly #timeout: number;

  constructor(readonly fds: readonly number[]) {
    this.#timeout = fds.length * POLLFD_BYTES;
    const { buffer, address } = libc().allocate(this.#timeout + 16);
    this.#memory = buffer;
    this.#address = Number(address);
    fds.forEach((fd, index) => {
      buffer.writeInt32LE(fd, index * POLLFD_BYTES);
      buffer.writeInt16LE(POLLIN, index * POLLFD_BYTES + 4);
    });
  }

  sleep(ms: number): void {
    const forever = ms === Number.POSITIVE_INFINITY;
    if (!forever) {
      const seconds = Math.floor(ms / 1e3);
      this.#memory.writeUInt32LE(seconds, this.#timeout);
      this.#memory.writeUInt32LE(0, this.#timeout + 4);
      this.#memory.writeUInt32LE(Math.floor((ms - seconds * 1e3) * 1e6), this.#timeout + 8);
      this.#memory.writeUInt32LE(0, this.#timeout + 12);
    }
    for (let index = 0; index < this.fds.length; index++) this.#memory.writeInt16LE(0, index * POLLFD_BYTES + 6);
    libc().ppoll(this.#address, this.fds.length, forever ? 0 : this.#address + this.#timeout, 0);
  }

  ready(index: number): boolean {
    return this.#memory.readInt16LE(index * POLLFD_BYTES + 6) !== 0;
  }
}

function releaseDue({ direction, out }: Port): void {
  for (let count = 0; count < TURN; count++) {
    const due = direction.nextRelease;
    let now = performance.now();
    if (due > now + SPIN_MS) return;
    while (now < due) now = performance.now();
    direction.release(out, now);
  }
}

/** Moves packets until `obey`, which is called when there is something on `controlFd`, returns false. It never gives the thread back before. */
export function moveUntilTold(ports: readonly [Port, Port], controlFd: number, obey: () => boolean): void {
  const sleeper = new Sleeper([ports[0].fd, ports[1].fd, controlFd]);
  for (;;) {
    const next = Math.min(ports[0].direction.nextRelease, ports[1].direction.nextRelease);
    sleeper.sleep(Math.max(0, next - performance.now() - SPIN_MS));
    ports.forEach(({ fd, direction }, index) => {
      if (!sleeper.ready(index)) return;
      for (let count = 0; count < TURN && direction.receive(fd, performance.now()); count++);
    });
    ports.forEach(releaseDue);
    if (sleeper.ready(2) && !obey()) return;
  }
}
