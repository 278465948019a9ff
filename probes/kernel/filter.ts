import { SO_ATTACH_FILTER, SOL_SOCKET } from './constants.js';
import { libc } from './libc.js';
import type { KernelSocket } from './socket.js';

/** One instruction of classic BPF (Documentation/networking/filter): code, jump if true, jump if false, k. */
export type FilterInstruction = readonly [code: number, jt: number, jf: number, k: number];

/** The codes that our filters use. */
export const BPF = {
  /** A = byte at k */ loadByte: 0x30,
  /** A = half word at k */ loadHalf: 0x28,
  /** A = byte at X + k */ loadByteIndexed: 0x50,
  /** A = half word at X + k */ loadHalfIndexed: 0x48,
  /** X = 4 * (byte at k & 15): the length of an IPv4 header */ loadHeaderLength: 0xb1,
  /** X = k */ loadIndex: 0x01,
  /** A = word at X + k */ loadWordIndexed: 0x40,
  /** A = length of the packet */ loadLength: 0x80,
  /** A - k */ subtract: 0x14,
  /** X = A */ toIndex: 0x07,
  /** A & k */ and: 0x54,
  /** skip jt instructions where A equals k, else jf */ jumpEqual: 0x15,
  /** skip k instructions */ jump: 0x05,
  /** keep k bytes of the packet; 0 drops it */ accept: 0x06,
} as const;

const INSTRUCTION = 8;
const MOST = 64;
let memory: { readonly buffer: Buffer; readonly address: bigint } | undefined;

/** Lets the kernel drop what the program does not accept before it reaches the socket. @throws KernelError, RangeError beyond 64 instructions */
export function attachFilter(socket: KernelSocket, program: readonly FilterInstruction[]): void {
  if (program.length > MOST) throw new RangeError(`a filter may have ${MOST} instructions, not ${program.length}`);
  memory ??= libc().allocate(MOST * INSTRUCTION);
  const { buffer, address } = memory;
  program.forEach(([code, jt, jf, k], index) => {
    buffer.writeUInt16LE(code, index * INSTRUCTION);
    buffer.writeUInt8(jt, index * INSTRUCTION + 2);
    buffer.writeUInt8(jf, index * INSTRUCTION + 3);
    buffer.writeUInt32LE(k >>> 0, index * INSTRUCTION + 4);
  });
  const description = Buffer.alloc(16); // struct sock_fprog
  description.writeUInt16LE(program.length, 0);
  description.writeBigUInt64LE(address, 8);
  socket.setBytes(SOL_SOCKET, SO_ATTACH_FILTER, description);
}
