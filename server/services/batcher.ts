import { setTimeout } from 'node:timers/promises';

/** Somebody who waits for an item to be written. */
interface Asked {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Group commit: what arrives while a write is under way is written together by the next one.
 * One write at a time; under load the batches grow instead of the queue.
 */
export class Batcher<T> {
  private waiting: { readonly item: T; readonly asked?: Asked }[] = [];
  private writing: Promise<void> | undefined;

  /** Moment (`performance.now()`) at which the newest write began. */
  private begun = -Infinity;

  /**
   * `write` gets at least one item, and either stores all of them or throws. Writes begin at least `restMs` apart: what may wait a little then
   * leaves the database to others. `lost` hears of a write that failed with items of `leave` in it.
   */
  constructor(
    private readonly write: (items: readonly T[]) => Promise<void>,
    private readonly restMs = 0,
    private readonly lost: (reason: unknown) => void = () => undefined,
  ) {}

  /** Resolves once the item is written. @throws whatever the write of its batch threw */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, asked: { resolve, reject } });
      this.writing ??= this.drain();
    });
  }

  /** Leaves an item to be written with nobody waiting for it: nothing but the item is held until then. */
  leave(item: T): void {
    this.waiting.push({ item });
    this.writing ??= this.drain();
  }

  /** Whether a write of an item would begin at once. */
  get isFree(): boolean {
    return this.writing === undefined && performance.now() >= this.begun + this.restMs;
  }

  /** Items that wait for the write after this one. */
  get size(): number {
    return this.waiting.length;
  }

  /** Resolves when nothing is being written or waits for it. */
  async idle(): Promise<void> {
    await this.writing;
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const restMs = this.begun + this.restMs - performance.now();
      if (restMs > 0) await setTimeout(restMs);
      this.begun = performance.now();
      const batch = this.waiting;
      this.waiting = [];
      try {
        await this.write(batch.map(({ item }) => item));
        for (const { asked } of batch) asked?.resolve();
      } catch (error) {
        for (const { asked } of batch) asked?.reject(error);
        if (batch.some(({ asked }) => !asked)) this.lost(error);
      }
    }
    // At once, not when the promise settles: who was told just now may add the next item before that.
    this.writing = undefined;
  }
}
