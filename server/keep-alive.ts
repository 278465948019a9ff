import type { WebSocket } from 'ws';

/** Finds dead sockets: each is pinged, and ended when it has not said anything until the next ping. */
export class KeepAlive {
  private readonly silent = new Map<WebSocket, boolean>();
  private readonly timer: NodeJS.Timeout;

  constructor(seconds: number) {
    this.timer = setInterval(() => this.beat(), seconds * 1000);
  }

  /** Watches a socket until it closes. */
  watch(socket: WebSocket): void {
    const heard = (): void => void this.silent.set(socket, false);
    heard();
    socket.on('pong', heard);
    socket.on('message', heard);
    socket.once('close', () => {
      socket.off('pong', heard);
      socket.off('message', heard);
      this.silent.delete(socket);
    });
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private beat(): void {
    for (const [socket, silent] of this.silent) {
      if (silent) socket.terminate();
      else if (socket.readyState === socket.OPEN) {
        this.silent.set(socket, true);
        socket.ping();
      }
    }
  }
}
