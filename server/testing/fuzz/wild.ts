import fc from 'fast-check';

/** Texts that break what was not written with care: NUL, halves of surrogates, SQL, long ones, names of Object's own. */
export const wildText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    ...[
      '',
      ' ',
      '\0',
      'a\0b',
      '\ud800',
      'x\udc00',
      '\u202e',
      '💥',
      '__proto__',
      'constructor',
      'toString',
      "' OR 1=1 --",
      '"; drop table user; --',
    ],
    ...[
      '%',
      '_',
      '\\',
      '%00',
      '../../etc/passwd',
      '{{7*7}}',
      '${7}',
      '1e999',
      '-0',
      'NaN',
      'null',
      'true',
      '0x10',
      '[::1]:99999',
      'http://[',
      'agent:',
    ],
  ),
  fc.constantFrom('x'.repeat(300), 'ü'.repeat(5000), 'y'.repeat(65_536)),
);

/** Moments that are none, or at the edge of what a Date can be. */
const wildMoment = fc.constantFrom(
  ...['2026-02-30T00:00:00Z', '2026-01-31T12:00:00.000Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '+275760-09-13T00:00:00.000Z'],
  ...['-271821-04-20T00:00:00.000Z', '2026-01-31', 'now', '2026-01-31T12:00:00', '2026-01-31T25:00:00Z', '1970-01-01T00:00:00Z'],
);

/** Numbers at the edges of their kinds. */
export const wildNumber = fc.oneof(
  fc.constantFrom(0, -1, 1, 501, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 2 ** 63, 1e308, -1e308, 5e-324, 0.1, 1e20),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
);

const wildId = fc.oneof(
  fc.uuid(),
  fc.constantFrom('0', '-1', 'nobody', '01940000-0000-7000-8000-00000000000', '01940000-0000-7000-8000-0000000000000', '{}', '[]'),
);

/** Any JSON value: of a kind that somebody expects, with content that nobody does. */
export const wildValue: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: wildText, weight: 3 },
  { arbitrary: wildNumber, weight: 2 },
  { arbitrary: wildMoment, weight: 1 },
  { arbitrary: wildId, weight: 1 },
  { arbitrary: fc.constantFrom(null, true, false, [], {}, [[]], [null], { id: null }), weight: 2 },
  { arbitrary: fc.jsonValue({ maxDepth: 3 }), weight: 1 },
  { arbitrary: fc.integer({ min: 5, max: 200 }).map((depth) => nested(depth)), weight: 1 },
);

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let at = 0; at < depth; at++) value = at % 2 === 0 ? [value] : { a: value };
  return value;
}
