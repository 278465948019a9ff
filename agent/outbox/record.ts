import { crc32 } from 'node:zlib';

/**
 * A record on disk: length of the payload (4 bytes), CRC-32 of the payload (4 bytes), payload; numbers big-endian. The payload is the result's
 * id (36 characters) and then the result as JSON, both UTF-8. Whatever a crash tears off, the records before it stay readable.
 */
const HEADER_BYTES = 8;
const ID_BYTES = 36;

/** Where a record stands in its segment. */
export interface RecordPlace {
  readonly id: string;
  /** Of the record's first byte. */
  readonly offset: number;
  /** Of the whole record, header included. */
  readonly bytes: number;
}

/** What a segment's bytes hold. */
export interface Decoded {
  readonly records: readonly RecordPlace[];
  /** Records whose bytes have changed on disk. */
  readonly damaged: number;
  /** Bytes up to which the segment is whole; what follows was torn off. */
  readonly wholeBytes: number;
}

/** The bytes of one record. @throws RangeError unless the id has 36 ASCII characters */
export function encodeRecord(id: string, json: string): Buffer {
  if (Buffer.byteLength(id) !== ID_BYTES) throw new RangeError(`a result's id has ${ID_BYTES} characters, not "${id}"`);
  const payload = Buffer.from(id + json);
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32BE(payload.length, 0);
  header.writeUInt32BE(crc32(payload), 4);
  return Buffer.concat([header, payload]);
}

/** The JSON text in a record's bytes, or undefined where they have changed on disk. */
export function jsonOfRecord(record: Buffer): string | undefined {
  const payload = record.subarray(HEADER_BYTES);
  return record.length > HEADER_BYTES && crc32(payload) === record.readUInt32BE(4) ? payload.toString('utf8', ID_BYTES) : undefined;
}

/** Finds the records in a segment's bytes, up to the first that is not whole. */
export function decodeRecords(segment: Buffer): Decoded {
  const records: RecordPlace[] = [];
  let damaged = 0;
  let offset = 0;
  while (offset + HEADER_BYTES <= segment.length) {
    const bytes = HEADER_BYTES + segment.readUInt32BE(offset);
    if (bytes < HEADER_BYTES + ID_BYTES || offset + bytes > segment.length) break;
    const record = segment.subarray(offset, offset + bytes);
    if (jsonOfRecord(record) === undefined) damaged += 1;
    else records.push({ id: record.toString('latin1', HEADER_BYTES, HEADER_BYTES + ID_BYTES), offset, bytes });
    offset += bytes;
  }
  return { records, damaged, wholeBytes: offset };
}
