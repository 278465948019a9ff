import fc from 'fast-check';
import type { GraphQLSchema } from 'graphql';
import type { RealDocument } from '../real-documents.js';
import { variablesOf } from './inputs.js';
import { wildText, wildValue } from './wild.js';

/** What is sent as one operation; anything may be wrong with it. */
export interface Operation {
  readonly query: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
}

/** Malformed and odd operations: real documents with wild variables, documents that were cut, spliced or made of tokens, and what is no operation. */
export function operations(schema: GraphQLSchema, documents: readonly RealDocument[], ids: readonly string[]): fc.Arbitrary<Operation> {
  const real = fc.constantFrom(...documents);
  const wellFormed = real.chain((each) => variablesOf(schema, each.operation, ids).map((variables) => ({ query: each.query, variables })));
  const damaged = fc.tuple(real, damage).map(([{ query }, hurt]) => ({ query: hurt(query), variables: {} }));
  const soup = fc.array(fc.constantFrom(...TOKENS, ...namesOf(schema)), { maxLength: 60 }).map((tokens) => ({ query: tokens.join(' ') }));
  const odd = fc.record({ query: wildValue, variables: wildValue, operationName: wildValue }, { requiredKeys: [] });
  return fc.oneof(
    { arbitrary: wellFormed, weight: 6 },
    { arbitrary: damaged, weight: 2 },
    { arbitrary: soup, weight: 1 },
    { arbitrary: odd as fc.Arbitrary<Operation>, weight: 1 },
  );
}

const TOKENS = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ':',
  '!',
  '$',
  '@',
  '...',
  '"""',
  '"',
  '#',
  '&',
  '|',
  '=',
  '1',
  '-1',
  '1.5e400',
  '"\\u0000"',
  '"\\ud800"',
];

function namesOf(schema: GraphQLSchema): string[] {
  const fields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((root) =>
    Object.keys(root?.getFields() ?? {}),
  );
  return [
    ...fields,
    'query',
    'mutation',
    'subscription',
    'fragment',
    'on',
    'Agent',
    'Test',
    'nodes',
    'id',
    '__typename',
    '__schema',
    'null',
  ];
}

/** Cuts a piece out of a text, puts one in, or doubles one. */
const damage: fc.Arbitrary<(text: string) => string> = fc
  .record({ at: fc.nat(), length: fc.nat(30), text: wildText, kind: fc.constantFrom('cut', 'put', 'double') })
  .map(({ at, length, text: put, kind }) => (text) => {
    const from = at % (text.length + 1);
    const piece = kind === 'put' ? put.slice(0, 200) : kind === 'double' ? text.slice(from, from + length).repeat(2) : '';
    return text.slice(0, from) + piece + text.slice(from + (kind === 'put' ? 0 : length));
  });

/** Bodies and frames that are no operation at all: JSON of any kind, cut JSON, bytes. */
export const rubbish: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  fc.json(),
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    ...[
      '',
      '{',
      'null',
      '[]',
      '"query"',
      '{"query":',
      '{"query":"{ __typename }"',
      '\ufeff{"query":"{ __typename }"}',
      '[{"query":"{ __typename }"}]',
    ],
    ...[
      '{"__proto__":{"a":1},"query":"{ __typename }"}',
      '{"constructor":{"prototype":{}},"query":"{ __typename }"}',
      `${'['.repeat(100_000)}`,
    ],
    ...[`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`, `{"query":"{ __typename }","variables":${'['.repeat(500)}${']'.repeat(500)}}`],
  ),
);
