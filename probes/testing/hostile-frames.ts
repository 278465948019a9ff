import type { Socket } from 'node:net';
import { pour, type Attack } from './hostile-server.js';

/** Types of frames (RFC 9113 6). */
export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, push: 5, ping: 6, goAway: 7, windowUpdate: 8, continuation: 9 } as const;
const END_HEADERS = 4;
const HEADER_BYTES = 9;
const PREFACE_BYTES = 24;
/** `:status 200` by HPACK's static table (RFC 7541 A). */
const STATUS_200 = Buffer.from([0x88]);

/** A frame of HTTP/2, well made or not: the length that it claims is its own unless another one is given. */
export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0), claimed = payload.length): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUIntBE(claimed, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Settings of the server, and the word that the client's are heard. */
export const SETTINGS = Buffer.concat([frame(FRAME.settings, 0, 0), frame(FRAME.settings, 1, 0)]);
/** The beginning of an answer to the first request. */
export const ANSWER_HEAD = frame(FRAME.headers, END_HEADERS, 1, STATUS_200);

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
export const reset = (code: number): Buffer => frame(FRAME.reset, 0, 1, word(code));
export const goAway = (code: number): Buffer => frame(FRAME.goAway, 0, 0, Buffer.concat([word(0), word(code)]));
export const windowUpdate = (stream: number, by: number): Buffer => frame(FRAME.windowUpdate, 0, stream, word(by));

/** Calls back when the client's first request has come: a frame for its stream would be a fault of another kind before. */
function whenAsked(socket: Socket, then: () => void): void {
  let heard: Buffer = Buffer.alloc(0);
  let at = PREFACE_BYTES;
  const hear = (piece: Buffer): void => {
    heard = Buffer.concat([heard, piece]);
    for (; heard.length >= at + HEADER_BYTES; at += HEADER_BYTES + heard.readUIntBE(at, 3)) {
      if (heard[at + 3] !== FRAME.headers) continue;
      socket.off('data', hear).resume();
      return then();
    }
  };
  socket.on('data', hear);
}

/** Says its settings, waits for the request, answers with these frames, and then with that one without end. */
export function answersBy(frames: readonly Buffer[], withoutEnd?: Buffer): Attack {
  return (socket) => {
    socket.write(SETTINGS);
    whenAsked(socket, () => {
      for (const each of frames) socket.write(each);
      if (withoutEnd) pour(socket, withoutEnd);
    });
  };
}

/** Answers the first request with these frames, and ends the connection. */
export function answersAndEnds(frames: readonly Buffer[]): Attack {
  return (socket) => {
    socket.write(SETTINGS);
    whenAsked(socket, () => socket.end(Buffer.concat(frames)));
  };
}
