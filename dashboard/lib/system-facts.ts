import { titleOf } from './schema-form.js';

/** What can be shown of a JSON object of unknown shape: its plain values, with their keys in words. Nested values are left out. */
export function systemFacts(json: unknown): [name: string, value: string][] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return [];
  return Object.entries(json).flatMap(([key, value]): [string, string][] => {
    const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return plain && value !== '' ? [[titleOf(key), String(value)]] : [];
  });
}
