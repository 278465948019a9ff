import { describe, expect, it } from 'vitest';
import { jsonProblems } from './json.js';

describe('what survives JSON', () => {
  it('is plain data, with members that may be undefined', () => {
    expect(jsonProblems({ a: [1, 'b', null, true, { c: undefined }] })).toEqual([]);
  });

  it.each([
    [{ a: { b: [1, Number.NaN] } }, 'the run.a.b[1] is NaN'],
    [{ a: Number.NEGATIVE_INFINITY }, 'the run.a is -Infinity'],
    [{ a: [undefined] }, 'the run.a[0] is undefined'],
    [{ a: new Date() }, 'the run.a is a Date'],
    [{ a: new Map() }, 'the run.a is a Map'],
    [{ a: Float64Array.of(1) }, 'the run.a is a Float64Array'],
    [{ a: 1n }, 'the run.a is a bigint'],
    [{ a: () => 1 }, 'the run.a is a function'],
  ])('is not %#', (value, message) => {
    expect(jsonProblems(value).join()).toContain(message);
  });
});
