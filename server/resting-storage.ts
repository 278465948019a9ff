import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * An AsyncLocalStorage that is switched off while nobody is inside. Before Node 24 one that is on has every promise of the process, and every callback of its
 * sockets, call hooks, for good after its first use. Who enters it with something else than an asynchronous function leaves it on, since nobody can tell when that ends.
 */
export class RestingStorage<T> extends AsyncLocalStorage<T> {
  #inside = 0;

  override run<R>(store: T, callback: () => R): R;
  override run<R, A extends unknown[]>(store: T, callback: (...args: A) => R, ...args: A): R;
  override run<R, A extends unknown[]>(store: T, callback: (...args: A) => R, ...args: A): R {
    this.#inside += 1;
    const result = super.run(store, callback, ...args);
    if (result instanceof Promise) result.then(this.#leave, this.#leave);
    return result;
  }

  readonly #leave = (): void => {
    this.#inside -= 1;
    if (this.#inside === 0) this.disable();
  };
}
