import type { WebSocket } from 'ws';

/** Parts of a period in which sockets are looked at in turn: thousands at once would hold up everything else for a tenth of a second. */
const PARTS = 12;

/** What a socket did since it was looked at: it sent a message, it answered a ping, or nothing since it was pinged. */
type Sign = 'spoke' | 'answered' | 'silent';

/**
 * Finds dead sockets. One that sent nothing for a period is pinged, and ended when it has not said anything a period later. Who reports all the time
 * need not be asked whether it is there: with thousands of agents that would be every third message.
 */
export class KeepAlive {
  /** The sockets of each part of the period. */
  private readonly parts = Array.from({ length: PARTS }, () => new Map<WebSocket, Sign>());
  private readonly timer: NodeJS.Timeout;
  private next = 0;
  private watched = 0;

  constructor(seconds: number) {
    this.timer = setInterval(() => this.beat(), (seconds * 1000) / PARTS);
  }

  /** Watches a socket until it closes. */
  watch(socket: WebSocket): void {
    const part = this.parts[this.watched++ % PARTS] as Map<WebSocket, Sign>;
    const spoke = (): void => void part.set(socket, 'spoke');
    const answered = (): void => void part.set(socket, 'answered');
    answered();
    socket.on('pong', answered);
    socket.on('message', spoke);
    socket.once('close', () => {
      socket.off('pong', answered);
      socket.off('message', spoke);
      part.delete(socket);
    });
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private beat(): void {
    const part = this.parts[this.next++ % PARTS] as Map<WebSocket, Sign>;
    for (const [socket, sign] of part) {
      if (sign === 'silent') socket.terminate();
      else if (sign === 'spoke') part.set(socket, 'answered');
      else if (socket.readyState === socket.OPEN) {
        part.set(socket, 'silent');
        socket.ping();
      }
    }
  }
}
