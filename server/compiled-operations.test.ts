import { buildSchema, execute, GraphQLError, parse, type ExecutionArgs, type ExecutionResult, type GraphQLObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { CompiledOperations } from './compiled-operations.js';

const schema = buildSchema(`
  enum Weather { SUN RAIN }
  type Gauge { id: ID! level: Float! weather: Weather near(first: Int = 2): [Gauge!]! keeper: String! }
  type Query { risen(id: ID): Gauge }
  type Mutation { risen(id: ID): Gauge }
  type Subscription { risen(id: ID): Gauge }
`);
// As type-graphql makes them: what is not a plain property has a resolver.
for (const name of ['near', 'keeper'] as const) {
  const field = (schema.getType('Gauge') as GraphQLObjectType<Record<typeof name, (args: unknown) => unknown>>).getFields()[name];
  if (field) field.resolve = (source, args) => source[name](args);
}
const gauge = (level: number): object => ({
  ...{ id: 7, level, weather: 'RAIN', keeper: () => Promise.resolve(`keeper of ${level}`) },
  near: ({ first }: { first: number }) => Array.from({ length: first }, (_, index) => gauge(level + index + 1)),
});

function argsFor(text: string, risen: unknown): ExecutionArgs {
  return { schema, document: parse(text), rootValue: { risen }, contextValue: {}, variableValues: { first: 3 } };
}

/** Executes one document many times, and gives the answers to the first and to the last. */
async function firstAndLast(args: ExecutionArgs): Promise<[ExecutionResult, ExecutionResult]> {
  const operations = new CompiledOperations();
  const first = await operations.execute(args);
  let last = first;
  for (let time = 0; time < 30; time++) last = await operations.execute(args);
  return [first, last];
}

describe('operations that come often', () => {
  const answered = 'query ($first: Int) { risen { id near(first: $first) { level weather } } }';

  it.each(['query', 'mutation', 'subscription'])('are answered alike when they are compiled: %s', async (kind) => {
    const args = argsFor(answered.replace('query', kind), gauge(1));
    const [first, last] = await firstAndLast(args);
    expect(first.errors).toBeUndefined();
    expect(JSON.parse(JSON.stringify(last))).toEqual(JSON.parse(JSON.stringify(first)));
  });

  it.each([
    ['a field', '{ risen { id keeper } }', {}],
    ['a field of a list', '{ risen { near(first: 2) { ...G } } } fragment G on Gauge { ... on Gauge { who: keeper } }', {}],
    ['a variable', '($first: Int!) { risen { near(first: $first) { id } } }', { first: 'two' }],
  ])('have the same errors when they are compiled, where %s is wrong', async (_, selection, variableValues) => {
    for (const kind of ['query', 'mutation']) {
      const thrown = new GraphQLError('the gauge is broken', { extensions: { code: 'BROKEN' } });
      const broken = (): object => ({ id: 7, keeper: () => Promise.reject(thrown), near: () => [broken()] });
      const [first, last] = await firstAndLast({ ...argsFor(`${kind} ${selection}`, broken()), variableValues });
      expect(first.errors).toHaveLength(1);
      expect(JSON.parse(JSON.stringify(last))).toEqual(JSON.parse(JSON.stringify(first)));
      expect(last.errors?.[0]?.originalError).toStrictEqual(first.errors?.[0]?.originalError);
    }
  });

  it.each(['query', 'mutation', 'subscription'])('are done once, also when they fail: %s', async (kind) => {
    let done = 0;
    const keeper = (): never => {
      done += 1;
      throw new Error('broken');
    };
    await firstAndLast(argsFor(`${kind} { risen { keeper } }`, { id: 7, keeper }));
    expect(done).toBe(31);
  });
});

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

  it('say what is wrong as graphql-js says it, with what was thrown', async () => {
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
