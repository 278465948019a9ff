import DataLoader from 'dataloader';

/**
 * Reads by key, without keeping anything: those who ask while others are read are read together, by one read after it. Thousands who come at once thus
 * cost a few statements, and whoever comes alone waits for nobody.
 *
 * @param read answers in the order of the keys; an Error for a key that fails alone
 * @param most keys a read; more make a further one
 */
export function together<K, V>(read: (keys: readonly K[]) => Promise<readonly (V | Error)[]>, most = 250): (key: K) => Promise<V> {
  let reading: Promise<unknown> = Promise.resolve();
  const loader = new DataLoader<K, V>(
    (keys) => {
      const found = read(keys);
      // Whoever asked is told when it fails; for the next it is over either way.
      reading = found.catch(() => undefined);
      return found;
    },
    // A turn later, when all that came with this one is heard.
    { cache: false, maxBatchSize: most, batchScheduleFn: (dispatch) => void reading.then(() => setImmediate(dispatch)) },
  );
  return (key) => loader.load(key);
}
