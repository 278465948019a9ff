import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitDetails } from './detail-form.js';
import { DetailSplitter } from './detail-splitter.js';

const details = fc
  .object({
    maxDepth: 3,
    maxKeys: 3,
    key: fc.constantFrom('a', 'b', '1'),
    values: [fc.constantFrom('', 'up', '2 of 3'), fc.integer(), fc.boolean(), fc.constant(null)],
  })
  .map((found) => JSON.parse(JSON.stringify(found)) as unknown);

describe('details that are compared with those before', () => {
  it('are taken apart as they are by themselves, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(details, { minLength: 2, maxLength: 8 }), (list) => {
        const splitter = new DetailSplitter();
        for (const each of list) expect(splitter.split('ping', each)).toEqual(splitDetails(each));
      }),
    );
  });

  it.each([
    { what: 'a name that is missing', other: { hops: [1, 2] } },
    { what: 'one name more', other: { hops: [1, 2], mpls: [], way: 'up', more: 1 } },
    { what: 'names in another order', other: { mpls: [], hops: [1, 2], way: 'up' } },
    { what: 'a longer list', other: { hops: [1, 2, 3], mpls: [], way: 'up' } },
    { what: 'an object in place of a list', other: { hops: [1, 2], mpls: {}, way: 'up' } },
    { what: 'another word', other: { hops: [1, 2], mpls: [], way: 'down' } },
    { what: 'a sentence that tells a figure', other: { hops: [1, 2], mpls: [], way: '2 of 3' } },
  ])('have a form of their own with $what', ({ other }) => {
    const splitter = new DetailSplitter();
    splitter.split('traceroute', { hops: [7, 8], mpls: [], way: 'up' });
    expect(splitter.split('traceroute', other)).toEqual(splitDetails(other));
  });

  it('are taken apart all the same where there are more sources than are remembered', () => {
    const splitter = new DetailSplitter(2);
    for (let round = 0; round < 40; round += 1) {
      const details = { hop: `192.0.2.${round % 5}`, sent: round };
      expect(splitter.split(`agent ${round % 5}`, details)).toEqual(splitDetails(details));
    }
  });

  it('give the very text of the form before where they have it', () => {
    const splitter = new DetailSplitter();
    expect(splitter.split('ping', { sent: 3 })).toEqual({ form: '{"sent":0}', values: [3] });
    expect(splitter.split('ping', { sent: 4 })).toEqual({ form: '{"sent":0}', values: [4] });
    expect(splitter.split('ping', null)).toBeUndefined();
  });
});
