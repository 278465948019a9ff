import { parse, type GraphQLSchema } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../config.js';
import { validateWithLimits } from '../limits.js';
import { serverSchema } from '../schema.js';
import { realDocuments } from '../testing/real-documents.js';
import { sampleVariables } from '../testing/sample-values.js';
import { complexityOf } from './complexity.js';
import { LIMIT_SETTINGS } from './settings.js';

/** What a server allows where nobody set anything else. */
const ALLOWED = LIMIT_SETTINGS['limits.complexity'].initial(loadConfig({}, {}));

describe('the size of an answer', () => {
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = await serverSchema();
  });

  function sizeOf(query: string, variables: Record<string, unknown> = {}): number | undefined {
    const document = parse(query);
    const [operation] = document.definitions;
    if (operation?.kind !== 'OperationDefinition') throw new Error('the operation comes first');
    return complexityOf(schema, { document, operation, variables });
  }

  it.each(realDocuments().map((each) => [each.name, each] as const))('of %s, which dashboard or agents send, is allowed', (_name, real) => {
    const variables = sampleVariables(schema, real.operation);
    expect(validateWithLimits(schema, real.document)).toEqual([]);
    expect(complexityOf(schema, { document: real.document, operation: real.operation, variables })).toBeLessThan(ALLOWED / 2);
  });

  it('of the longest pages the dashboard asks for is allowed', () => {
    const longest: Record<string, Record<string, unknown>> = {
      OverviewMatrix: { metrics: ['a', 'b', 'c', 'd', 'e'], agents: 200, tests: 50, pairs: 100 },
      SeriesRange: { testId: 'x', metrics: ['a', 'b', 'c', 'd'], from: new Date(0), to: new Date(), maxPoints: 600 },
    };
    for (const [name, variables] of Object.entries(longest)) {
      const real = realDocuments().find((each) => each.name === name);
      if (!real) throw new Error(`the dashboard has no operation ${name}`);
      expect(complexityOf(schema, { ...real, variables })).toBeLessThan(ALLOWED);
    }
  });

  it('multiplies pages within pages', () => {
    const inner = sizeOf('{ agents(first: 1) { nodes { tests(first: 500) { nodes { id name status createdAt } } } } }') ?? 0;
    const both = sizeOf('{ agents(first: 500) { nodes { tests(first: 500) { nodes { id name status createdAt } } } } }') ?? 0;
    expect(both / inner).toBeGreaterThan(400);
    expect(both).toBeGreaterThan(ALLOWED);
  });

  it('counts a page whose length is in a variable, or that has its usual length', () => {
    const query = 'query ($first: Int) { agents(first: $first) { nodes { id } } }';
    expect(sizeOf(query, { first: 500 })).toBe(sizeOf('{ agents(first: 500) { nodes { id } } }'));
    expect(sizeOf('{ agents { nodes { id } } }')).toBe(sizeOf('{ agents(first: 50) { nodes { id } } }'));
  });

  it('counts the points of each metric of a series', () => {
    const series = (metrics: string[], maxPoints: number) =>
      sizeOf(
        `query ($metrics: [ID!]!, $maxPoints: Int) {
          series(testId: "x", from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", metrics: $metrics, maxPoints: $maxPoints) { points { at avg } }
        }`,
        { metrics, maxPoints },
      ) ?? 0;
    expect(series(['a', 'b', 'c'], 500) / series(['a'], 500)).toBeCloseTo(3, 1);
    expect(series(['a'], 500) / series(['a'], 50)).toBeGreaterThan(8);
  });

  it('leaves variables that do not fit to whoever executes', () => {
    expect(sizeOf('query ($first: Int!) { agents(first: $first) { nodes { id } } }', { first: 'many' })).toBeUndefined();
  });

  it('gives up on fragments that unfold without end', () => {
    const bomb = Array.from({ length: 12 }, (_, at) => `fragment F${at} on Agent { ${`...F${at + 1} `.repeat(4)} }`).join('\n');
    expect(sizeOf(`{ agents { nodes { ...F0 } } }\n${bomb}\nfragment F12 on Agent { id }`)).toBe(Infinity);
  });
});
