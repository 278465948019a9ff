import { describe, expect, it } from 'vitest';
import { kindOf, shown, written } from './setting-values.js';

describe("a setting's field", () => {
  it('is what the JSON Schema says that its value is', () => {
    expect(['boolean', 'number', 'integer', 'string', 'array'].map((type) => kindOf({ type }))).toEqual([
      ...['switch', 'number', 'number', 'text', 'json'],
    ]);
    expect(kindOf({ anyOf: [] })).toBe('json');
  });

  it('shows a value and reads it back', () => {
    for (const [value, kind] of [[90, 'number'], ['a', 'text'], [[1, 'b'], 'json']] as const) expect(written(shown(value, kind), kind)).toEqual(value); // prettier-ignore
  });

  it('leaves what is no number or no JSON to the server to refuse', () => {
    expect(written('soon', 'number')).toBe('soon');
    expect(written('', 'number')).toBe('');
    expect(written('{', 'json')).toBe('{');
  });
});
