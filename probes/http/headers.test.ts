import { expect, it } from 'vitest';
import { cacheHit } from './headers.js';

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
