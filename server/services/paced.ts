/** Keys whose rest is not over, and whether they were told of again meanwhile. */
interface Rest {
  readonly timer: NodeJS.Timeout;
  again: boolean;
}

/**
 * Calls at most once in so many ms for each key: at once when nothing was called lately, and once more at the end of the rest for all that came
 * meanwhile. So the last one is never lost, and thousands cost a few.
 */
export class Paced<K> {
  private readonly resting = new Map<K, Rest>();

  constructor(
    private readonly call: (key: K) => void,
    private readonly restMs: number,
  ) {}

  tell(key: K): void {
    const rest = this.resting.get(key);
    if (rest) rest.again = true;
    else this.callAndRest(key);
  }

  /** Calls now for what waits, and forgets every rest. */
  flush(): void {
    const waiting = [...this.resting].filter(([, { again }]) => again).map(([key]) => key);
    for (const { timer } of this.resting.values()) clearTimeout(timer);
    this.resting.clear();
    for (const key of waiting) this.call(key);
  }

  private callAndRest(key: K): void {
    this.resting.set(key, { timer: setTimeout(() => this.restOver(key), this.restMs), again: false });
    this.call(key);
  }

  private restOver(key: K): void {
    const again = this.resting.get(key)?.again === true;
    this.resting.delete(key);
    if (again) this.callAndRest(key);
  }
}
