/** Writes numbers one behind the other, as short as they come. */
export class ByteWriter {
  private buffer = Buffer.allocUnsafe(1024);
  private used = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.used;
  }

  byte(value: number): void {
    this.room(1);
    this.buffer[this.used++] = value;
  }

  /** A whole number from 0 to 2^53 - 1: 7 bits a byte, the lowest first (LEB128). */
  varint(value: number): void {
    this.room(8);
    let rest = value;
    while (rest >= 128) {
      this.buffer[this.used++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.buffer[this.used++] = rest;
  }

  /** A whole number of either sign; its magnitude is at most 2^52. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** 4 bytes: a number of 6 significant digits comes back as it was once it is rounded to 6 digits. */
  float32(value: number): void {
    this.room(4);
    this.used = this.buffer.writeFloatBE(value, this.used);
  }

  /** 6 bytes: a double without its last 16 bits, which leaves 11 digits. */
  float48(value: number): void {
    this.room(8);
    this.buffer.writeDoubleBE(value, this.used);
    this.used += 6;
  }

  float64(value: number): void {
    this.room(8);
    this.used = this.buffer.writeDoubleBE(value, this.used);
  }

  bytes(value: Uint8Array): void {
    this.room(value.length);
    this.buffer.set(value, this.used);
    this.used += value.length;
  }

  /** What was written, valid until the next call. */
  view(): Uint8Array {
    return this.buffer.subarray(0, this.used);
  }

  /** A copy of what was written. */
  done(): Buffer {
    return Buffer.from(this.buffer.subarray(0, this.used));
  }

  /** Begins anew; keeps the memory. */
  clear(): void {
    this.used = 0;
  }

  private room(more: number): void {
    if (this.used + more <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.buffer.length, this.used + more));
    larger.set(this.buffer.subarray(0, this.used));
    this.buffer = larger;
  }
}

/** A double whose last 16 bits stay 0. */
const WHOLE = new DataView(new ArrayBuffer(8));

/** Reads what a `ByteWriter` wrote, in the same order. */
export class ByteReader {
  constructor(
    private readonly buffer: Buffer,
    private at = 0,
    private readonly end = buffer.length,
  ) {}

  get atEnd(): boolean {
    return this.at >= this.end;
  }

  /** @throws RangeError behind the end */
  byte(): number {
    const byte = this.at < this.end ? this.buffer[this.at++] : undefined;
    if (byte === undefined) throw new RangeError('the bytes end too early');
    return byte;
  }

  varint(): number {
    let value = this.byte();
    if (value < 128) return value;
    value -= 128;
    for (let scale = 128; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  float32(): number {
    this.at += 4;
    return this.buffer.readFloatBE(this.at - 4);
  }

  float48(): number {
    for (let index = 0; index < 6; index += 1) WHOLE.setUint8(index, this.byte());
    return WHOLE.getFloat64(0);
  }

  float64(): number {
    this.at += 8;
    return this.buffer.readDoubleBE(this.at - 8);
  }

  /** Reads the next bytes; this reader goes on behind them. @throws RangeError when there are fewer */
  part(length: number): ByteReader {
    if (this.at + length > this.end) throw new RangeError(`${length} bytes are wanted, ${this.end - this.at} are left`);
    this.at += length;
    return new ByteReader(this.buffer, this.at - length, this.at);
  }
}
