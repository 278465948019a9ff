import { durationText, measureText } from './format.js';
import { titleOf } from './schema-form.js';

/** Units that stand at the end of a key, and how people read them. */
const UNITS: readonly (readonly [suffix: string, write: (value: number) => string])[] = [
  ['Seconds', durationText],
  ['Bytes', (value) => measureText(value, 'B')],
];

/** What can be shown of a JSON object of unknown shape: its plain values, with their keys in words. Nested values are left out. */
export function systemFacts(json: unknown): [name: string, value: string][] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return [];
  return Object.entries(json).flatMap(([key, value]): [string, string][] => {
    if (typeof value === 'number') return [numberFact(key, value)];
    return (typeof value === 'string' && value !== '') || typeof value === 'boolean' ? [[titleOf(key), String(value)]] : [];
  });
}

function numberFact(key: string, value: number): [name: string, value: string] {
  const [suffix, write] = UNITS.find(([ending]) => key.endsWith(ending)) ?? [];
  return suffix && write ? [titleOf(key.slice(0, -suffix.length)), write(value)] : [titleOf(key), String(value)];
}
