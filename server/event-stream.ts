/** Events that wait for a slow consumer; older ones are given up: a browser that sleeps must not fill the server's memory. */
const MOST_WAITING = 1000;

/** All streams of this process, for those who watch it. */
export const eventStreams = { open: 0, waiting: 0, dropped: 0 };

/**
 * Events as an async iterator. Unlike an async generator it ends at once when `return()` is called, also while it waits for an event,
 * and it listens from its making on, so that nothing is missed before the first `next()`.
 */
export class EventStream<T> implements AsyncIterableIterator<T, undefined> {
  private readonly events: T[] = [];
  private readonly waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];
  private readonly unlisten: () => unknown;
  private ended = false;

  /** `listen` gets a function to hand events to and one for when no more will come, and returns one that ends its listening. */
  constructor(listen: (push: (event: T) => void, end: () => void) => () => unknown) {
    eventStreams.open += 1;
    this.unlisten = listen(
      (event) => this.push(event),
      () => void this.return(),
    );
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.events.length > 0) {
      eventStreams.waiting -= 1;
      return Promise.resolve({ done: false, value: this.events.shift() as T });
    }
    if (this.ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Ends the stream: what waits is dropped, whoever waits is told. */
  return(): Promise<IteratorResult<T, undefined>> {
    if (!this.ended) eventStreams.open -= 1;
    this.ended = true;
    this.unlisten();
    eventStreams.waiting -= this.events.length;
    this.events.length = 0;
    for (const resolve of this.waiting.splice(0)) resolve({ done: true, value: undefined });
    return Promise.resolve({ done: true, value: undefined });
  }

  async throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private push(event: T): void {
    if (this.ended) return;
    const resolve = this.waiting.shift();
    if (resolve) return resolve({ done: false, value: event });
    this.events.push(event);
    eventStreams.waiting += 1;
    if (this.events.length <= MOST_WAITING) return;
    this.events.shift();
    eventStreams.waiting -= 1;
    eventStreams.dropped += 1;
  }
}

/** Each value turned into another one; ends when either end does, at once. */
export function mapStream<T, U>(source: AsyncIterator<T>, turn: (value: T) => U | Promise<U>): AsyncIterableIterator<U, undefined> {
  const end = { done: true, value: undefined } as const;
  const mapped: AsyncIterableIterator<U, undefined> = {
    async next() {
      const result = await source.next();
      return result.done ? end : { done: false, value: await turn(result.value) };
    },
    async return() {
      await source.return?.();
      return end;
    },
    async throw(error?: unknown) {
      await source.return?.();
      throw error;
    },
    [Symbol.asyncIterator]: () => mapped,
  };
  return mapped;
}

/**
 * As `mapStream`, but up to `ahead` values are turned at once, and still come out in their order: events that arrive together are read together.
 * Another one is asked for when one has come: as long as nothing comes, one alone is waited for.
 * The source must allow for several `next()` at a time, as EventStream does.
 */
export function mapStreamAhead<T, U>(
  source: AsyncIterator<T>,
  turn: (value: T) => U | Promise<U>,
  ahead: number,
): AsyncIterableIterator<U, undefined> {
  const mapped = mapStream(source, turn);
  const asked: Promise<IteratorResult<U, undefined>>[] = [];
  let waiting = false;
  const ask = (): void => {
    waiting = true;
    const next = source.next().then(async (result): Promise<IteratorResult<U, undefined>> => {
      waiting = false;
      if (result.done) return { done: true, value: undefined };
      // The one that somebody has taken is not among them any more.
      if (asked.length < ahead - 1) ask();
      return { done: false, value: await turn(result.value) };
    });
    // Whoever takes it is told of its failure; after `return()` nobody does, and nobody needs to be.
    next.catch(() => undefined);
    asked.push(next);
  };
  return {
    ...mapped,
    next() {
      if (!waiting && asked.length < ahead) ask();
      return asked.shift() ?? mapped.next();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The same values; `ended` is called once, when the stream has ended or was given up. */
export function whenEnded<T>(source: AsyncIterableIterator<T>, ended: () => void): AsyncIterableIterator<T> {
  let over = false;
  const end = <R extends IteratorResult<T>>(result: R): R => {
    if (result.done && !over) ended();
    over ||= result.done === true;
    return result;
  };
  const watched: AsyncIterableIterator<T> = {
    next: async () => end(await source.next()),
    return: async () => end((await source.return?.()) ?? { done: true, value: undefined }),
    throw: async (error?: unknown) => end((await source.throw?.(error)) ?? { done: true, value: undefined }),
    [Symbol.asyncIterator]: () => watched,
  };
  return watched;
}
