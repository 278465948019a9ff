import { internetChecksum } from '../kernel/icmp.js';

/** One entry of an MPLS label stack (RFC 3032). */
export interface MplsLabel {
  readonly label: number;
  readonly trafficClass: number;
  /** Whether it is the innermost of its stack (S). */
  readonly bottom: boolean;
  readonly ttl: number;
}

const EXTENSION_HEADER = 4;
const OBJECT_HEADER = 4;
const VERSION = 2;
/** RFC 4950: class of the MPLS label stack, and its only type, the stack that came in. */
const MPLS_CLASS = 1;
const INCOMING_STACK = 1;
/** Routers from before RFC 4884 put extensions after 128 bytes without saying so (RFC 4884, 5.1). */
const OLD_OFFSET = 128;

/** The label stack in the extensions of an ICMP error (RFC 4884, RFC 4950). `body`: after the ICMP header; `quotedBytes`: what the header says is quoted, or 0. */
export function parseMpls(body: Buffer, quotedBytes: number): MplsLabel[] {
  const at = quotedBytes > 0 ? quotedBytes : OLD_OFFSET;
  if (body.length < at + EXTENSION_HEADER + OBJECT_HEADER) return [];
  const structure = body.subarray(at);
  if (structure.readUInt8(0) >> 4 !== VERSION || !sumsUp(structure)) return [];
  const labels: MplsLabel[] = [];
  let object = EXTENSION_HEADER;
  while (object + OBJECT_HEADER <= structure.length) {
    const length = structure.readUInt16BE(object);
    if (length < OBJECT_HEADER || object + length > structure.length) break;
    if (structure.readUInt8(object + 2) === MPLS_CLASS && structure.readUInt8(object + 3) === INCOMING_STACK)
      labels.push(...readStack(structure.subarray(object + OBJECT_HEADER, object + length)));
    object += length;
  }
  return labels;
}

/** A checksum of zero is none (RFC 4884, 7); else the whole sums up to all ones. */
function sumsUp(structure: Buffer): boolean {
  return structure.readUInt16BE(2) === 0 || internetChecksum(structure, 0, structure.length) === 0;
}

function readStack(stack: Buffer): MplsLabel[] {
  const labels: MplsLabel[] = [];
  for (let at = 0; at + 4 <= stack.length; at += 4) {
    const word = stack.readUInt32BE(at);
    labels.push({ label: word >>> 12, trafficClass: (word >>> 9) & 7, bottom: (word & 0x100) !== 0, ttl: word & 0xff });
  }
  return labels;
}
