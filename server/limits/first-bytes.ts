import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** What a WebSocket may send before it is known who it is, bytes: `connection_init` with a credential takes a few hundred. */
const MOST_FIRST_BYTES = 16 * 1024;
/** The close code of WebSocket for what is too large. */
export const CLOSE_TOO_LARGE = 1009;

/** Cuts a client off that sends more than that, before anything of it is put together. @returns a function that ends the limit, once it is known who it is */
export function limitFirstBytes(stream: Duplex, client: WebSocket): () => void {
  let bytes = 0;
  const stop = (): void => void stream.off('data', count);
  function count(data: Buffer): void {
    bytes += data.length;
    if (bytes <= MOST_FIRST_BYTES) return;
    stop();
    client.close(CLOSE_TOO_LARGE, 'Say first who you are');
    // What else comes stays with the kernel until the connection ends.
    client.pause();
  }
  stream.prependListener('data', count);
  return stop;
}
