/**
 * The list beside a segment of which of its records the server has committed: the record's offset and, to tell a torn write, its complement;
 * 4 bytes each, big-endian. Losing the end of the list only means that some results are sent again, which the server notices.
 */
const ENTRY_BYTES = 8;
const ALL_BITS = 0xffffffff;

/** The bytes that add these offsets to the list. */
export function encodeAcknowledgements(offsets: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(offsets.length * ENTRY_BYTES);
  offsets.forEach((offset, index) => {
    bytes.writeUInt32BE(offset, index * ENTRY_BYTES);
    bytes.writeUInt32BE(ALL_BITS - offset, index * ENTRY_BYTES + 4);
  });
  return bytes;
}

/** The offsets in the list, and up to which byte it is whole. */
export function decodeAcknowledgements(list: Buffer): { readonly offsets: ReadonlySet<number>; readonly wholeBytes: number } {
  const offsets = new Set<number>();
  let position = 0;
  for (; position + ENTRY_BYTES <= list.length; position += ENTRY_BYTES) {
    const offset = list.readUInt32BE(position);
    if (list.readUInt32BE(position + 4) !== ALL_BITS - offset) break;
    offsets.add(offset);
  }
  return { offsets, wholeBytes: position };
}
