/**
 * Group commit: what arrives while a write is under way is written together by the next one.
 * One write at a time; under load the batches grow instead of the queue.
 */
export class Batcher<T> {
  private waiting: { item: T; resolve: () => void; reject: (reason: unknown) => void }[] = [];
  private writing: Promise<void> | undefined;

  /** `write` gets at least one item, and either stores all of them or throws. */
  constructor(private readonly write: (items: readonly T[]) => Promise<void>) {}

  /** Resolves once the item is written. @throws whatever the write of its batch threw */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.writing ??= this.drain().finally(() => {
        this.writing = undefined;
      });
    });
  }

  /** Resolves when nothing is being written or waits for it. */
  async idle(): Promise<void> {
    await this.writing;
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        await this.write(batch.map(({ item }) => item));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
  }
}
