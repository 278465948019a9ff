/*
 * The packets of STAMP in authenticated mode (RFC 8762, 4.2.2 and 4.3.2; the session identifier: RFC 8972, 3). What follows them are TLVs.
 */

/** Bytes of a packet of either direction before its TLVs, HMAC included. */
export const BASE_BYTES = 112;
/** Bytes that the packet's HMAC covers; it follows them (RFC 8762, 4.4). */
export const SIGNED_BYTES = 96;
/** Bytes of the sequence number, which stands first. */
export const SEQUENCE_BYTES = 4;

const SEQUENCE = 0;
const TIMESTAMP = 16;
const ERROR_ESTIMATE = 24;
const SESSION = 26;
/** What follows in a sender's packet must be zero. */
const ZERO_FROM = 28;
const RECEIVED = 32;
const SENDER_SEQUENCE = 48;
const SENDER_TIMESTAMP = 64;
const SENDER_ERROR_ESTIMATE = 72;

/** What a Session-Sender says in each packet. */
export interface SenderPacket {
  readonly sequence: number;
  /** When it was sent: NTP's 64 bits (`ntpTimestamp`). */
  readonly timestamp: bigint;
  /** How well the clock is kept (RFC 4656, 4.1.2); never 0 in its lower byte. */
  readonly errorEstimate: number;
  /** Tells the sessions of one sender apart. */
  readonly session: number;
}

/** What a Session-Reflector adds; `sequence`, `timestamp` and `errorEstimate` are its own. */
export interface ReflectedPacket extends SenderPacket {
  readonly received: bigint;
  readonly sender: Omit<SenderPacket, 'session'>;
}

/** Writes a sender's packet without its HMAC into zeroed memory. */
export function writeSenderPacket(into: Buffer, { sequence, timestamp, errorEstimate, session }: SenderPacket): void {
  into.writeUInt32BE(sequence, SEQUENCE);
  into.writeBigUInt64BE(timestamp, TIMESTAMP);
  into.writeUInt16BE(errorEstimate, ERROR_ESTIMATE);
  into.writeUInt16BE(session, SESSION);
}

/**
 * Reads a sender's packet; undefined where it is too short, or where bytes are set that a sender leaves zero. A reflector's own packet has them set: were it
 * taken for a request, two reflectors could be made to answer each other for ever.
 */
export function readSenderPacket(packet: Buffer): SenderPacket | undefined {
  if (packet.length < BASE_BYTES) return undefined;
  for (let at = ZERO_FROM; at < SIGNED_BYTES; at += 4) if (packet.readUInt32BE(at) !== 0) return undefined;
  return readOwn(packet);
}

function readOwn(packet: Buffer): SenderPacket {
  return {
    sequence: packet.readUInt32BE(SEQUENCE),
    timestamp: packet.readBigUInt64BE(TIMESTAMP),
    errorEstimate: packet.readUInt16BE(ERROR_ESTIMATE),
    session: packet.readUInt16BE(SESSION),
  };
}

/** Writes a reflector's packet without its HMAC into zeroed memory. */
export function writeReflectedPacket(into: Buffer, packet: ReflectedPacket): void {
  const { received, sender } = packet;
  writeSenderPacket(into, packet);
  into.writeBigUInt64BE(received, RECEIVED);
  into.writeUInt32BE(sender.sequence, SENDER_SEQUENCE);
  into.writeBigUInt64BE(sender.timestamp, SENDER_TIMESTAMP);
  into.writeUInt16BE(sender.errorEstimate, SENDER_ERROR_ESTIMATE);
}

/** Reads a reflector's packet; undefined where it is too short, or one of a sender that came back as it was. */
export function readReflectedPacket(packet: Buffer): ReflectedPacket | undefined {
  if (packet.length < BASE_BYTES) return undefined;
  const received = packet.readBigUInt64BE(RECEIVED);
  if (received === 0n) return undefined;
  const sender = {
    sequence: packet.readUInt32BE(SENDER_SEQUENCE),
    timestamp: packet.readBigUInt64BE(SENDER_TIMESTAMP),
    errorEstimate: packet.readUInt16BE(SENDER_ERROR_ESTIMATE),
  };
  return { ...readOwn(packet), received, sender };
}
