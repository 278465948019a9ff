import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinDetails, splitDetails } from './detail-form.js';

const TRACE = {
  reached: true,
  hops: [
    { ttl: 1, addresses: [{ address: '192.0.2.1', received: 3 }], rttMs: { min: 0.512, max: 1.25 }, name: '' },
    { ttl: 2, addresses: [], rttMs: null },
  ],
  analysis: 'All 5 handshakes succeeded, in 8.91 ms.',
};

describe('details', () => {
  it('are split into what stays and what changes from run to run', () => {
    expect(splitDetails(TRACE)).toEqual({
      form: '{"reached":true,"hops":[{"ttl":0,"addresses":[{"address":"192.0.2.1","received":0}],"rttMs":{"min":0,"max":0},"name":""},{"ttl":0,"addresses":[],"rttMs":null}],"analysis":""}',
      values: [1, 3, 0.512, 1.25, '', 2, 'All 5 handshakes succeeded, in 8.91 ms.'],
    });
  });

  it('of two runs that saw the same have the same form', () => {
    const other = structuredClone(TRACE);
    other.hops[0] = { ...TRACE.hops[0], rttMs: { min: 7, max: 9 } } as (typeof TRACE.hops)[number];
    expect(splitDetails({ ...other, analysis: 'All 4 handshakes succeeded, in 7 ms.' })?.form).toBe(splitDetails(TRACE)?.form);
  });

  it('are put together again, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.object({
          maxDepth: 4,
          values: [fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)],
        }),
        (found) => {
          const details = JSON.parse(JSON.stringify(found)) as unknown;
          const split = splitDetails(details);
          expect(joinDetails(JSON.parse(split?.form ?? 'null'), split?.values ?? [])).toEqual(details);
        },
      ),
    );
  });

  it('stay whole where they are no structure, too long or too deep', () => {
    expect(splitDetails(null)).toBeUndefined();
    expect(splitDetails(7)).toBeUndefined();
    expect(splitDetails({ long: 'x'.repeat(20_000) })).toBeUndefined();
    let deep: unknown = {};
    for (let depth = 0; depth < 30; depth += 1) deep = { deep };
    expect(splitDetails(deep)).toBeUndefined();
  });
});
