import { setTimeout } from 'node:timers/promises';

/**
 * Group commit: what arrives while a write is under way is written together by the next one.
 * One write at a time; under load the batches grow instead of the queue.
 */
export class Batcher<T> {
  private waiting: { item: T; resolve: () => void; reject: (reason: unknown) => void }[] = [];
  private writing: Promise<void> | undefined;

  /** Moment (`performance.now()`) at which the newest write began. */
  private begun = -Infinity;

  /**
   * `write` gets at least one item, and either stores all of them or throws. Writes begin at least `restMs` apart: what may wait a little then
   * leaves the database to others.
   */
  constructor(
    private readonly write: (items: readonly T[]) => Promise<void>,
    private readonly restMs = 0,
  ) {}

  /** Resolves once the item is written. @throws whatever the write of its batch threw */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.writing ??= this.drain();
    });
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
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    // At once, not when the promise settles: who was told just now may add the next item before that.
    this.writing = undefined;
  }
}
