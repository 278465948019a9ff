import type { WebSocket } from 'ws';

/** Parts of a period in which sockets are pinged in turn: thousands at once would hold up everything else for a tenth of a second. */
const PARTS = 12;

/** Finds dead sockets: each is pinged every so often, and ended when it has not said anything until its next ping. */
export class KeepAlive {
  /** The sockets of each part of the period, and whether they were silent since their last ping. */
  private readonly parts = Array.from({ length: PARTS }, () => new Map<WebSocket, boolean>());
  private readonly timer: NodeJS.Timeout;
  private next = 0;
  private watched = 0;

  constructor(seconds: number) {
    this.timer = setInterval(() => this.beat(), (seconds * 1000) / PARTS);
  }

  /** Watches a socket until it closes. */
  watch(socket: WebSocket): void {
    const part = this.parts[this.watched++ % PARTS] as Map<WebSocket, boolean>;
    const heard = (): void => void part.set(socket, false);
    heard();
    socket.on('pong', heard);
    socket.on('message', heard);
    socket.once('close', () => {
      socket.off('pong', heard);
      socket.off('message', heard);
      part.delete(socket);
    });
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private beat(): void {
    const part = this.parts[this.next++ % PARTS] as Map<WebSocket, boolean>;
    for (const [socket, silent] of part) {
      if (silent) socket.terminate();
      else if (socket.readyState === socket.OPEN) {
        part.set(socket, true);
        socket.ping();
      }
    }
  }
}
