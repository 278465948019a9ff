import { expect, it } from 'vitest';
import { cacheHit, serverTimings } from './headers.js';

it.each([
  ['edge; hit', true],
  ['origin; fwd=miss, edge; hit=?1; ttl=30', true],
  ['edge;hit', true],
  ['edge; hit=?0', false],
  ['edge; fwd=uri-miss; stored', false],
  ['edge; hit-count=3', false],
])('Cache-Status "%s" tells of a hit: %s (RFC 9211)', (value, hit) => {
  expect(cacheHit({ 'cache-status': value })).toBe(hit);
});

it('an answer that says nothing of caches tells of no hit and of no miss', () => {
  expect(cacheHit({})).toBeUndefined();
});

it('Server-Timing is taken apart, with what stands in quotes as it is, and without what is malformed (W3C)', () => {
  const text = 'db;dur=53.2;desc="a, \\"b\\"; c", cache, ,b@d;dur=1, app ; DUR=4;dur, late;dur=x';
  expect(serverTimings({ 'server-timing': text })).toEqual([
    { name: 'db', durationMs: 53.2, description: 'a, "b"; c' },
    { name: 'cache' },
    { name: 'app', durationMs: 0 },
    { name: 'late' },
  ]);
});

it.each(['"\\', '"', 'a"', ';"\\', 'a,', ';', '\\'])(
  'a Server-Timing that repeats %s through 60 kB is read at once, and little of it kept',
  (piece) => {
    const begin = performance.now();
    expect(serverTimings({ 'server-timing': piece.repeat(60_000 / piece.length) }).length).toBeLessThanOrEqual(100);
    // A pattern that begins anew at each quote took 3 s.
    expect(performance.now() - begin).toBeLessThan(500);
  },
);
