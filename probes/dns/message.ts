import { randomBytes, randomInt } from 'node:crypto';
import packet, { type Answer, type DecodedPacket, type RecordType } from 'dns-packet';
import type { RECORD_TYPES } from './settings.js';

/** A question, ready to be sent. */
export interface Question {
  readonly id: number;
  readonly name: string;
  readonly type: (typeof RECORD_TYPES)[number];
  readonly bytes: Buffer;
}

/** An answer, read. */
export interface Response {
  /** Response code with its extension (RFC 6891): 0 no error, 3 no such name. */
  readonly rcode: number;
  readonly truncated: boolean;
  readonly authoritative: boolean;
  /** The records of the answer section, of any type. */
  readonly answers: readonly { readonly type: string; readonly name: string; readonly ttl: number; readonly value: string }[];
  readonly bytes: number;
}

/** A UDP answer of this size passes any path without fragments (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;
/** Bytes of a message's header, which begins with its id (RFC 1035, 4.1.1). */
const HEADER_BYTES = 12;

const RCODES: Readonly<Record<number, string>> = {
  0: 'NOERROR', 1: 'FORMERR', 2: 'SERVFAIL', 3: 'NXDOMAIN', 4: 'NOTIMP', 5: 'REFUSED', 6: 'YXDOMAIN', 7: 'YXRRSET', 8: 'NXRRSET', 9: 'NOTAUTH', 10: 'NOTZONE', 16: 'BADVERS',
}; // prettier-ignore

/** A response code's name (IANA DNS parameters); its number where it has none. */
export function rcodeName(rcode: number): string {
  return RCODES[rcode] ?? `RCODE${rcode}`;
}

/** Makes a question (RFC 1035, with EDNS of RFC 6891). `id` 0 for DNS over HTTPS, so that caches can serve it (RFC 8484 4.1). */
export function question(
  name: string,
  type: Question['type'],
  { recursion, dnssec, id = randomInt(1, 0x10000) }: { recursion: boolean; dnssec: boolean; id?: number },
): Question {
  const bytes = packet.encode({
    type: 'query',
    id,
    flags: recursion ? packet.RECURSION_DESIRED : 0,
    questions: [{ type: type as RecordType, name, class: 'IN' }],
    additionals: [
      { type: 'OPT', name: '.', udpPayloadSize: UDP_PAYLOAD, flags: dnssec ? packet.DNSSEC_OK : 0, options: [] } as unknown as Answer,
    ],
  });
  return { id, name, type, bytes };
}

/** A label that nobody has asked for before. */
export function randomLabel(): string {
  return `streamswarm-${randomBytes(8).toString('hex')}`;
}

/**
 * Reads what came as the answer to a question; undefined where it is no answer to it (another id, another name, no DNS at all): a late or forged
 * packet is none of ours.
 */
export function readResponse(bytes: Buffer, asked: Question): Response | undefined {
  // Taking a message apart costs so much that it is done only where it may be an answer: others may send more than this host could read.
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(0) !== asked.id) return undefined;
  const decoded = decode(bytes);
  const [echoed] = decoded?.questions ?? [];
  if (!decoded || decoded.type !== 'response') return undefined;
  // A server may leave the question out of an error; where it stands it must be ours.
  if (echoed && (echoed.name.toLowerCase() !== asked.name.toLowerCase() || echoed.type !== asked.type)) return undefined;
  const answers = (decoded.answers ?? []).flatMap((answer) => (answer.type === 'OPT' ? [] : [recordOf(answer)]));
  return {
    rcode: codeOf(decoded, bytes),
    truncated: decoded.flag_tc,
    authoritative: decoded.flag_aa,
    answers,
    bytes: bytes.length,
  };
}

function decode(bytes: Buffer): DecodedPacket | undefined {
  try {
    return packet.decode(bytes);
  } catch {
    // The library throws whatever a malformed packet makes it stumble over: it is no answer.
    return undefined;
  }
}

/** The 4 bits of the header, and the upper 8 that stand in the OPT record. */
function codeOf({ additionals }: DecodedPacket, bytes: Buffer): number {
  const opt = additionals?.find(({ type }) => type === 'OPT') as { extendedRcode?: number } | undefined;
  return ((opt?.extendedRcode ?? 0) << 4) | ((bytes[3] ?? 0) & 0x0f);
}

function recordOf(answer: Answer): Response['answers'][number] {
  const { type, name } = answer;
  const ttl = 'ttl' in answer ? (answer.ttl ?? 0) : 0;
  return { type, name, ttl, value: valueText('data' in answer ? answer.data : undefined) };
}

/** A record's value as people write it: an address, a name, or its fields in their order. */
function valueText(data: unknown): string {
  if (typeof data === 'string') return data;
  if (Buffer.isBuffer(data)) return data.toString('utf8');
  if (Array.isArray(data)) return data.map(valueText).join('');
  if (typeof data === 'object' && data !== null) return Object.values(data).map(String).join(' ');
  return String(data);
}
