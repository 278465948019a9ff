import fc from 'fast-check';
import { coerceInputValue, GraphQLList, GraphQLNonNull, isInputObjectType, type GraphQLInputObjectType, type GraphQLSchema } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { serverSchema } from '../schema.js';
import { valuesOf } from '../testing/fuzz/inputs.js';
import { sampleValue } from '../testing/sample-values.js';
import { compileCoercion, UNFIT } from './coercion.js';

describe('a compiled coercion', () => {
  let schema: GraphQLSchema;
  let inputs: GraphQLInputObjectType[];
  beforeAll(async () => {
    schema = await serverSchema();
    inputs = Object.values(schema.getTypeMap()).filter(isInputObjectType);
  });

  /** What GraphQL itself makes of a value; UNFIT where it finds anything wrong. */
  function byGraphql(value: unknown, type: GraphQLInputObjectType): unknown {
    let wrong = false;
    const coerced: unknown = coerceInputValue(value, listOf(type), () => (wrong = true));
    return wrong ? UNFIT : plain(coerced);
  }

  const listOf = (type: GraphQLInputObjectType) => new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(type)));

  /** With ordinary objects for GraphQL's, which have no prototype. */
  function plain(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null || value instanceof Date) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  }

  it('makes of every input type of the schema what GraphQL makes of it', () => {
    for (const type of inputs) {
      const value = [sampleValue(type), sampleValue(type)];
      const coerced = compileCoercion(listOf(type))(value);
      expect(plain(coerced), type.name).toEqual(byGraphql(value, type));
      expect(coerced, type.name).not.toBe(UNFIT);
    }
  });

  it('never takes what GraphQL refuses, and otherwise differs in nothing', () => {
    for (const type of inputs) {
      const compiled = compileCoercion(listOf(type));
      fc.assert(
        fc.property(fc.array(valuesOf(new GraphQLNonNull(type), ['some id']), { maxLength: 3 }), (value) => {
          const coerced = compiled(value);
          if (coerced !== UNFIT) expect(plain(coerced)).toEqual(byGraphql(value, type));
        }),
        { numRuns: 200 },
      );
    }
  });

  it.each([
    ['a field that is not declared', { surplus: 1 }],
    ['null where a value is needed', { testId: null }],
    ['a value of another type', { revision: 'first' }],
    ['a date that there is not', { startedAt: '2026-02-30T12:00:00.000Z' }],
    ['an object that is a list', { runs: [[]] }],
  ])('leaves %s to GraphQL, which says what is wrong', (_what, wrong) => {
    const type = schema.getType('TestResultInput') as GraphQLInputObjectType;
    const value = [{ ...(sampleValue(type) as object), ...wrong }];
    expect(compileCoercion(listOf(type))(value)).toBe(UNFIT);
    expect(byGraphql(value, type)).toBe(UNFIT);
  });
});
