const HEADER_BYTES = 12;
const TYPE_AND_CLASS_BYTES = 4;
const QUESTION = Buffer.from([0xc0, HEADER_BYTES]);
const RESPONSE = 0x81_80;

/** What is said in answer to a question of DNS, byte by byte. */
export interface Said {
  readonly id?: number;
  readonly flags?: number;
  /** The answers that the header claims. */
  readonly answers?: number;
  /** What stands after the question. */
  readonly rest?: Buffer;
  /** What is asked instead. */
  readonly question?: Buffer;
}

/** Where a name that is no pointer ends. */
function endOfName(message: Buffer, at: number): number {
  let end = at;
  while (message[end]) end += (message[end] ?? 0) + 1;
  return end + 1;
}

/** Makes an answer of a question, well made as far as nothing else is said. */
export function answerTo(asked: Buffer, { id, flags = RESPONSE, answers = 1, rest = Buffer.alloc(0), question }: Said): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(id ?? asked.readUInt16BE(0), 0);
  head.writeUInt16BE(flags, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(answers, 6);
  const own = asked.subarray(HEADER_BYTES, endOfName(asked, HEADER_BYTES) + TYPE_AND_CLASS_BYTES);
  return Buffer.concat([head, question ?? own, rest]);
}

/** A record of this type for a name, which is that of the question unless another one is given. */
export function recordOf(
  type: number,
  data: Buffer,
  { name = QUESTION, length = data.length }: { name?: Buffer; length?: number } = {},
): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(60, 4);
  fixed.writeUInt16BE(length, 8);
  return Buffer.concat([name, fixed, data]);
}

/** A pointer to a place in the message (RFC 1035 4.1.4). */
export function pointerTo(at: number): Buffer {
  return Buffer.from([0xc0 | (at >> 8), at & 0xff]);
}
