import { ProbeLoadError } from './plug-in.js';
import { prefixOf } from './sdk/conformance/shape.js';

/** What of a probe must be its own. */
export interface Named {
  readonly name: string;
  readonly metrics: readonly { readonly id: string }[];
}

/** Who is called what and owns which metric prefix, so that no probe takes what belongs to another. */
export class ProbeNames {
  readonly #names = new Set<string>();
  readonly #owners: Map<string, string>;

  /** @param metrics those that have an owner already, loaded or not */
  constructor(metrics: readonly { readonly id: string; readonly probe: string }[] = []) {
    this.#owners = new Map(metrics.map(({ id, probe }) => [prefixOf(id), probe]));
  }

  /** Notes a probe. @throws ProbeLoadError when its name or its metrics are another's; `source` is what its user calls it */
  claim(probe: Named, source: string): void {
    const { name } = probe;
    if (this.#names.has(name)) throw new ProbeLoadError(source, `two probes are called "${name}": "${source}" is the second`);
    this.claimPrefixes(probe);
    this.#names.add(name);
  }

  /** Notes the metrics alone, of a probe that may have been noted before. @throws ProbeLoadError as `claim` does */
  claimPrefixes({ name, metrics }: Named): void {
    for (const prefix of new Set(metrics.map(({ id }) => prefixOf(id)))) {
      const owner = this.#owners.get(prefix) ?? name;
      if (owner !== name)
        throw new ProbeLoadError(name, `probe "${name}" declares metrics under "${prefix}.", which belongs to probe "${owner}"`);
      this.#owners.set(prefix, name);
    }
  }
}
