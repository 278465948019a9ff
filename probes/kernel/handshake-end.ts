import { performance } from 'node:perf_hooks';
import type { TLSSocket } from 'node:tls';

/**
 * Watches a handshake for the moment at which the server's last word of it had come. Node tells of a handshake only when this host has checked
 * what came: signatures and certificates, about a millisecond of computing that is no time of the network or the server. TLS 1.3 (RFC 8446, 7.1)
 * derives a first secret from the server's hello before it looks at the rest, and Node tells of that (`keylog`; the secret itself is not kept).
 * Where the handshake ends in the same turn of the event loop, nothing was waited for in between: what came last had come by then. Where it
 * ends in a later turn (a long chain in several packets, TLS 1.2), the end is when Node tells of it, this host's computing included.
 *
 * @returns the end of a handshake that has just ended, ms of `performance.now()`; to be asked in the `secureConnect` event itself
 */
export function watchHandshakeEnd(socket: TLSSocket): () => number {
  let firstOfTurn: number | undefined;
  const heard = (): void => {
    if (firstOfTurn !== undefined) return;
    firstOfTurn = performance.now();
    setImmediate(() => (firstOfTurn = undefined));
  };
  socket.on('keylog', heard);
  return () => {
    socket.off('keylog', heard);
    return firstOfTurn ?? performance.now();
  };
}
