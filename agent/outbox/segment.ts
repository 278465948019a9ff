import { constants } from 'node:fs';
import { open, readFile, rm, truncate, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode, syncFolder } from '../files.js';
import { decodeAcknowledgements, encodeAcknowledgements } from './acknowledgements.js';
import { decodeRecords, type RecordPlace } from './record.js';

const NAME = /^(\d{10})\.log$/;

/** With O_DSYNC, where the system has it (open(2)), a write settles when it is on the disk: one trip through the thread pool, not two. */
const { O_APPEND, O_CREAT, O_RDWR } = constants;
const SYNCED = (constants as Partial<typeof constants>).O_DSYNC ?? 0;
const LOG_FLAGS = O_APPEND | O_CREAT | O_RDWR | SYNCED;

/** The number in a segment's file name, or undefined for another file. */
export function segmentNumber(fileName: string): number | undefined {
  const digits = NAME.exec(fileName)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

async function readOrEmpty(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return Buffer.alloc(0);
    throw error;
  }
}

/** Where a record stands; with its text as long as that is at hand. */
export interface HeldRecord extends RecordPlace {
  readonly json?: string;
}

/** A record to be appended, encoded and as text. */
export interface NewRecord {
  readonly id: string;
  readonly bytes: Buffer;
  readonly json: string;
}

/** One file of unsent results, appended to and read, and beside it the list of those that the server has committed. */
export class Segment {
  /** Records that are still to be sent, by id, oldest first. */
  readonly pending = new Map<string, HeldRecord>();
  #log: FileHandle | undefined;
  #acknowledged: FileHandle | undefined;
  #bytes = 0;
  #listBytes = 0;
  #pendingBytes = 0;
  #charactersAtHand = 0;
  /** Whether the file's name is on the disk as well. */
  #isNamed = false;

  constructor(
    folder: string,
    readonly number: number,
  ) {
    const base = join(folder, String(number).padStart(10, '0'));
    this.logPath = `${base}.log`;
    this.listPath = `${base}.ack`;
  }

  readonly logPath: string;
  readonly listPath: string;

  /** Size of the records' file. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Size of the records that are still to be sent. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Characters of the records' texts that are in memory. */
  get charactersAtHand(): number {
    return this.#charactersAtHand;
  }

  /** Reads what a former run of the agent left, and cuts off what a crash tore. Returns how many records had changed on disk. */
  async recover(): Promise<number> {
    const log = await readFile(this.logPath);
    const list = await readOrEmpty(this.listPath);
    const { records, damaged, wholeBytes } = decodeRecords(log);
    const { offsets, wholeBytes: wholeListBytes } = decodeAcknowledgements(list);
    if (wholeBytes < log.length) await truncate(this.logPath, wholeBytes);
    if (wholeListBytes < list.length) await truncate(this.listPath, wholeListBytes);
    for (const record of records) if (!offsets.has(record.offset)) this.#hold(record);
    this.#bytes = wholeBytes;
    this.#listBytes = wholeListBytes;
    return damaged;
  }

  /**
   * Appends records and waits until they are on the disk; of their texts up to `mostAtHand` characters stay in memory. @throws the file system's error; the
   * segment must not be appended to after that
   */
  async append(records: readonly NewRecord[], mostAtHand: number): Promise<void> {
    this.#log ??= await open(this.logPath, LOG_FLAGS, 0o600);
    await this.#log.appendFile(Buffer.concat(records.map(({ bytes }) => bytes)));
    if (SYNCED === 0) await this.#log.datasync();
    if (!this.#isNamed) syncFolder(dirname(this.logPath));
    this.#isNamed = true;
    let room = mostAtHand;
    for (const { id, bytes, json } of records) {
      room -= json.length;
      this.#hold({ id, offset: this.#bytes, bytes: bytes.length, ...(room >= 0 ? { json } : {}) });
      this.#bytes += bytes.length;
    }
  }

  /** The bytes of a record. */
  async read({ offset, bytes }: RecordPlace): Promise<Buffer> {
    this.#log ??= await open(this.logPath, LOG_FLAGS, 0o600);
    const buffer = Buffer.alloc(bytes);
    await this.#log.read(buffer, 0, bytes, offset);
    return buffer;
  }

  /** Notes that these records need not be sent any more. After the last one it is for the owner to `empty` or `remove` the segment. */
  async acknowledge(ids: readonly string[]): Promise<void> {
    const places = ids.flatMap((id) => this.pending.get(id) ?? []);
    for (const place of places) this.#forget(place);
    // With the last one the records themselves are given back, which needs no list.
    if (this.pending.size === 0) return;
    const list = encodeAcknowledgements(places.map(({ offset }) => offset));
    this.#acknowledged ??= await open(this.listPath, 'a', 0o600);
    this.#listBytes += list.length;
    await this.#acknowledged.appendFile(list);
  }

  /**
   * Gives back the space of a segment whose records are all acknowledged, so that it can be appended to anew. Returns false where it cannot:
   * where there is a list, its offsets could after a power cut be taken for those of new records. Only `remove` helps then.
   */
  async empty(): Promise<boolean> {
    if (this.pending.size > 0 || this.#listBytes > 0 || !this.#log) return false;
    await this.#log.truncate(0);
    this.#bytes = 0;
    return true;
  }

  async close(): Promise<void> {
    await this.#log?.close();
    await this.#acknowledged?.close();
    this.#log = undefined;
    this.#acknowledged = undefined;
  }

  /** Closes and deletes the segment: its list first, since a list without its records could be taken for that of a later segment. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.listPath, { force: true });
    await rm(this.logPath, { force: true });
  }

  #hold(record: HeldRecord): void {
    this.pending.set(record.id, record);
    this.#pendingBytes += record.bytes;
    this.#charactersAtHand += record.json?.length ?? 0;
  }

  #forget(record: HeldRecord): void {
    this.pending.delete(record.id);
    this.#pendingBytes -= record.bytes;
    this.#charactersAtHand -= record.json?.length ?? 0;
  }
}
