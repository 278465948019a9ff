import { buildSchema, execute, parse, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { describe, expect, it } from 'vitest';
import { CompiledEvents } from './compiled-events.js';

const schema = buildSchema(`
  enum Weather { SUN RAIN }
  type Gauge { id: ID! level: Float! weather: Weather near(first: Int = 2): [Gauge!]! keeper: String! }
  type Query { none: Int }
  type Subscription { risen(id: ID): Gauge }
`);
const gauge = (level: number): object => ({
  ...{ id: 7, level, weather: 'RAIN', keeper: () => Promise.resolve(`keeper of ${level}`) },
  near: ({ first }: { first: number }) => Array.from({ length: first }, (_, index) => gauge(level + index + 1)),
});

function argsFor(text: string, risen: unknown): ExecutionArgs {
  return { schema, document: parse(text), rootValue: { risen }, contextValue: {}, variableValues: { first: 3 } };
}

/** Sends many events of one document, and gives the answers to the first and to the last. */
async function firstAndLast(args: ExecutionArgs): Promise<[ExecutionResult, ExecutionResult]> {
  const events = new CompiledEvents();
  const first = await events.execute(args);
  let last = first;
  for (let event = 0; event < 30; event++) last = await events.execute(args);
  return [first, last];
}

describe('events of a subscription', () => {
  it.each([
    ['plain fields', 'subscription { risen { id level weather } }'],
    ['promises', 'subscription { risen { keeper near { keeper } } }'],
    ['arguments and variables', 'subscription ($first: Int) { risen { near(first: $first) { level } others: near { level } } }'],
    ['fragments', 'subscription { risen { ...G near { ...G ... on Gauge { __typename } } } } fragment G on Gauge { id level }'],
    ['directives', 'subscription ($first: Int) { risen { id @include(if: false) level near(first: $first) @skip(if: false) { id } } }'],
  ])('are answered alike before and after they were compiled: %s', async (_, text) => {
    const args = argsFor(text, gauge(1));
    const [first, last] = await firstAndLast(args);
    const truth = await execute(args);
    expect(truth.errors).toBeUndefined();
    expect(first).toEqual(truth);
    expect(JSON.parse(JSON.stringify(last))).toEqual(JSON.parse(JSON.stringify(truth)));
  });

  it('say what is wrong in the words of graphql-js, with what was thrown', async () => {
    const thrown = new Error('the gauge is broken');
    const args = argsFor('subscription { risen { id keeper } }', { id: 7, keeper: () => Promise.reject(thrown) });
    const [first, last] = await firstAndLast(args);
    expect(last).toEqual(first);
    expect(last.errors?.[0]).toMatchObject({ message: 'the gauge is broken', path: ['risen', 'keeper'], originalError: thrown });
  });

  it('are null where nothing is', async () => {
    const [, last] = await firstAndLast(argsFor('subscription { risen { id } }', null));
    expect(last).toEqual({ data: { risen: null } });
  });
});
