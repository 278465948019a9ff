import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, writeAtomically } from './files.js';
import { LostTimes } from './outbox/lost-times.js';
import { encodeRecord, jsonOfRecord } from './outbox/record.js';
import { recoverSegments } from './outbox/recover.js';
import { Segment } from './outbox/segment.js';

/** How an outbox behaves; what is left out has the default. */
export interface OutboxOptions {
  /** Unsent results take up to this many bytes on disk; beyond it the oldest are dropped and counted. Default 256 MiB. */
  readonly maxBytes?: number;
  /** A file of results is closed at this size; files are dropped and removed whole. Default 4 MiB, at most an eighth of `maxBytes`. */
  readonly segmentBytes?: number;
  /** At most one write with its fsync in this time: results that come meanwhile share the next, ms. Default 50. */
  readonly commitMs?: number;
  /**
   * Space of results that have been acknowledged is given back once it is this much, bytes. Default 256 KiB, at most a sixteenth of `segmentBytes`. A crash before
   * that means that they are sent again, which the server notices.
   */
  readonly giveBackBytes?: number;
  /** Hears of trouble with the disk, one sentence each. */
  readonly onTrouble?: (message: string) => void;
}

/** A result as it waits to be sent. */
export interface StoredResult {
  readonly id: string;
  readonly json: string;
}

interface Waiting {
  readonly id: string;
  readonly bytes: Buffer;
  readonly json: string;
  readonly settled: () => void;
}

const DEFAULT_MAX_BYTES = 256 * 2 ** 20;
const DEFAULT_SEGMENT_BYTES = 4 * 2 ** 20;
const DEFAULT_COMMIT_MS = 50;
const DEFAULT_GIVE_BACK_BYTES = 256 * 2 ** 10;
/** Results that are sent as soon as they are stored need not be read again: up to so many characters stay in memory. */
const MOST_AT_HAND = 2 ** 20;

/**
 * Results that the server has not committed yet, on disk. What `append` has settled for survives a crash of the agent and of the host at any
 * moment, and stays until `acknowledge`. Results come out in the order in which they went in.
 */
export class Outbox {
  /** Of which time results are lost that the server does not know of yet. */
  readonly lostTimes: LostTimes;
  readonly #segments: Segment[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #maxBytes: number;
  readonly #segmentBytes: number;
  readonly #commitMs: number;
  readonly #giveBackBytes: number;
  readonly #onTrouble: (message: string) => void;
  #active: Segment | undefined;
  #nextNumber = 1;
  #dropped = 0;
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isPlanned = false;
  #committedMs = Number.NEGATIVE_INFINITY;

  private constructor(
    private readonly folder: string,
    options: OutboxOptions,
  ) {
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#segmentBytes = Math.min(options.segmentBytes ?? DEFAULT_SEGMENT_BYTES, Math.ceil(this.#maxBytes / 8));
    this.#commitMs = options.commitMs ?? DEFAULT_COMMIT_MS;
    this.#giveBackBytes = Math.min(options.giveBackBytes ?? DEFAULT_GIVE_BACK_BYTES, this.#segmentBytes >> 4);
    this.lostTimes = new LostTimes(join(folder, 'lost.json'));
    this.#onTrouble = options.onTrouble ?? ((): void => undefined);
  }

  /** Opens the outbox in this folder, made where there is none, with what a former run left. @throws the file system's error */
  static async open(folder: string, options: OutboxOptions = {}): Promise<Outbox> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const outbox = new Outbox(folder, options);
    const { segments, nextNumber, damaged } = await recoverSegments(folder);
    outbox.#segments.push(...segments);
    outbox.#nextNumber = nextNumber;
    outbox.#dropped = Number(readIfThere(outbox.#counterPath) ?? 0) || 0;
    if (damaged > 0) outbox.#lose(damaged, 'had changed on the disk');
    return outbox;
  }

  /** Results that wait to be sent, those not yet on disk included. */
  get size(): number {
    return this.#segments.reduce((sum, { pending }) => sum + pending.size, this.#waiting.length);
  }

  /** Bytes of the results on disk that wait to be sent. */
  get pendingBytes(): number {
    return this.#segments.reduce((sum, { pendingBytes }) => sum + pendingBytes, 0);
  }

  /** Bytes on disk, those included whose space is not given back yet. */
  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** Results lost for good since the agent was installed: the oldest of a full outbox, those that the disk refused or changed, those that the server refused. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Stores a result. Settles when it is on the disk, or when it had to be dropped since the disk takes nothing. */
  append(id: string, json: string): Promise<void> {
    return new Promise((settled) => {
      this.#waiting.push({ id, bytes: encodeRecord(id, json), json, settled });
      if (!this.#isPlanned) this.#plan();
    });
  }

  /** Plans the next commit: right after this turn of the loop where the last one is long ago, since a timer would put the thread to sleep and wake it again. */
  #plan(): void {
    this.#isPlanned = true;
    const waitMs = this.#commitMs - (performance.now() - this.#committedMs);
    if (waitMs > 0) this.#timer = setTimeout(() => void this.flush(), Math.ceil(waitMs));
    else setImmediate(() => void this.flush());
  }

  /** Writes what waits to the disk now. */
  flush(): Promise<void> {
    return this.#after(async () => this.#commit());
  }

  /** The oldest results, at most `most` and `maxBytes` (but at least one where there is one). They stay until acknowledged. */
  peek(most: number, maxBytes: number): Promise<StoredResult[]> {
    const results: StoredResult[] = [];
    const unreadable: string[] = [];
    return this.#after(async () => {
      let bytes = 0;
      for (const segment of this.#segments) {
        for (const place of segment.pending.values()) {
          if (results.length >= most || (results.length > 0 && bytes + place.bytes > maxBytes)) return;
          const json = place.json ?? jsonOfRecord(await segment.read(place));
          if (json === undefined) unreadable.push(place.id);
          else results.push({ id: place.id, json });
          bytes += place.bytes;
        }
      }
    }).then(async () => {
      if (unreadable.length > 0) await this.reject(unreadable, 'had changed on the disk');
      return results;
    });
  }

  /** The server has committed these: they are forgotten. Ids that are not here are ignored. */
  acknowledge(ids: readonly string[]): Promise<void> {
    return this.#after(async () => {
      for (const segment of [...this.#segments]) {
        const own = ids.filter((id) => segment.pending.has(id));
        if (own.length > 0) await segment.acknowledge(own);
        await this.#giveBackIfDone(segment);
      }
    });
  }

  /** These can never be sent, since the server refuses them for good or they cannot be read: they are forgotten and counted. `why` completes "they ...". */
  async reject(ids: readonly string[], why: string): Promise<void> {
    await this.acknowledge(ids);
    this.#lose(ids.length, why, ids);
  }

  /** Calls back after each commit of new results; returns how to end that. */
  onCommitted(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes what waits and closes all files. */
  async close(): Promise<void> {
    await this.flush();
    await this.#after(async () => {
      for (const segment of [...this.#segments]) await (segment.pending.size > 0 ? segment.close() : this.#remove(segment));
    });
  }

  /** Work on the files happens one piece after the other; trouble of one piece is not the next one's. */
  #after(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      this.#onTrouble(`the outbox in ${this.folder} has trouble: ${error instanceof Error ? error.message : String(error)}`);
    });
    return this.#work;
  }

  async #commit(): Promise<void> {
    clearTimeout(this.#timer);
    this.#isPlanned = false;
    const records = this.#waiting.splice(0);
    if (records.length === 0) return;
    this.#committedMs = performance.now();
    const segment = (this.#active ??= this.#addSegment());
    try {
      const atHand = this.#segments.reduce((sum, each) => sum + each.charactersAtHand, 0);
      await segment.append(records, MOST_AT_HAND - atHand);
      if (segment.bytes >= this.#segmentBytes) this.#active = undefined;
    } catch (error) {
      // What the failed write left is cut off when the segment is read again; the next results go to another file.
      this.#active = undefined;
      if (segment.pending.size === 0) this.#segments.splice(this.#segments.indexOf(segment), 1);
      const why = `could not be written (${error instanceof Error ? error.message : String(error)})`;
      this.#lose(records.length, why, records.map(({ id }) => id)); // prettier-ignore
    } finally {
      for (const { settled } of records) settled();
    }
    await this.#makeRoom();
    for (const listener of this.#listeners) listener();
  }

  #addSegment(): Segment {
    const segment = new Segment(this.folder, this.#nextNumber);
    this.#nextNumber += 1;
    this.#segments.push(segment);
    return segment;
  }

  async #makeRoom(): Promise<void> {
    for (let oldest = this.#segments[0]; oldest && oldest !== this.#active && this.bytes > this.#maxBytes; oldest = this.#segments[0]) {
      const lost = [...oldest.pending.keys()];
      await this.#remove(oldest);
      this.#lose(lost.length, 'were the oldest of a full outbox', lost);
    }
  }

  async #giveBackIfDone(segment: Segment): Promise<void> {
    if (segment.pending.size > 0) return;
    if (segment === this.#active) {
      if (segment.bytes === 0 || segment.bytes < this.#giveBackBytes || (await segment.empty())) return;
      this.#active = undefined;
    }
    await this.#remove(segment);
  }

  async #remove(segment: Segment): Promise<void> {
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    await segment.remove();
  }

  /** Counts results that are lost, on disk as well: people shall see it after a restart too. */
  #lose(count: number, why: string, ids: readonly string[] = []): void {
    this.#dropped += count;
    this.#onTrouble(`${count} unsent results are lost: they ${why}`);
    writeAtomically(this.#counterPath, `${this.#dropped}\n`, 0o600);
    this.lostTimes.add(ids);
  }

  get #counterPath(): string {
    return join(this.folder, 'dropped');
  }
}
