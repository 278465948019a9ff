import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';
import type { Answer } from './exchange.js';

/** A decoded body may be this large, bytes: a small body can unfold to any size. */
const MOST_DECODED = 64 * 2 ** 20;

const DECODERS: Readonly<Record<string, (body: Buffer) => Promise<Buffer>>> = {
  gzip: (body) => promisify(gunzip)(body, { maxOutputLength: MOST_DECODED }),
  'x-gzip': (body) => promisify(gunzip)(body, { maxOutputLength: MOST_DECODED }),
  br: (body) => promisify(brotliDecompress)(body, { maxOutputLength: MOST_DECODED }),
  deflate: inflateEither,
};

/** RFC 9110 says zlib's format; some servers send the bare stream. */
async function inflateEither(body: Buffer): Promise<Buffer> {
  const zlib = body.length > 1 && (body[0] ?? 0) % 16 === 8 && body.readUInt16BE(0) % 31 === 0;
  return promisify(zlib ? inflate : inflateRaw)(body, { maxOutputLength: MOST_DECODED });
}

/** A body as the application sees it. */
export interface Decoded {
  readonly body: Buffer;
  /** Decoded over transferred size; undefined where it was not compressed, was cut off, or is empty. */
  readonly ratio?: number;
  /** Why it could not be decoded. */
  readonly problem?: string;
}

/** Undoes Content-Encoding (RFC 9110 8.4). */
export async function decodeBody({ body, headers, cut }: Answer): Promise<Decoded> {
  const codings = (headers['content-encoding'] ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  const applied = codings.filter((coding) => coding !== '' && coding !== 'identity').reverse();
  if (applied.length === 0 || body.length === 0) return { body };
  if (cut) return { body: Buffer.alloc(0), problem: 'the body was cut off and is compressed' };
  try {
    let decoded = body;
    for (const coding of applied) {
      const decode = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
      if (!decode) return { body: Buffer.alloc(0), problem: `the body is encoded as "${coding}", which nobody asked for` };
      decoded = await decode(decoded);
    }
    return { body: decoded, ratio: decoded.length / body.length };
  } catch (error) {
    return { body: Buffer.alloc(0), problem: `the body is not what Content-Encoding says: ${(error as Error).message}` };
  }
}
