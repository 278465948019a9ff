import { unpackSamples } from '../results/codec.js';
import { unpackSampleList } from '../results/samples.js';

/** The number at a place of a result's numbers, which are a flat JSON array; null where the result has none. */
export function numberAt(numbers: string, place: number): number | null {
  let begin = 1;
  for (let before = 0; before < place; before += 1) {
    begin = numbers.indexOf(',', begin) + 1;
    // The list is shorter than its set.
    if (begin === 0) return null;
  }
  const comma = numbers.indexOf(',', begin);
  const text = numbers.slice(begin, comma === -1 ? -1 : comma);
  return text === 'null' || text === '' ? null : Number(text);
}

const NONE: readonly number[] = [];

/** The samples at a place of a result's packed samples; none where the result has none. */
export function samplesAt(samples: string, place: number): readonly number[] {
  const key = `"${place}":`;
  const found = samples.indexOf(key);
  if (found === -1) return NONE;
  const begin = found + key.length;
  // Those of before they were packed, and those that cannot be, are lists.
  if (samples.charAt(begin) !== '"') return unpackSamples(samples)?.[place] ?? NONE;
  return unpackSampleList(samples.slice(begin + 1, samples.indexOf('"', begin + 1)));
}
