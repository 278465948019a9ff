import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import { createTest, resultInput, submit, testInput, tideAgent, type SeenTest, type TideAgent } from './testing/measuring.js';
import { setUpAdmin } from './testing/people.js';
import { statementsOf } from './testing/statements.js';
import { trace, tracer } from './testing/tracing.js';

const MANY = 60;
const FEW = 6;
/** Results of the first test, which has all agents. */
const RUNS = 'runs { probe status absent { metric reason } flow details } metrics { metric value unit }';

const LISTS: Readonly<Record<string, string>> = {
  'tests with agents, targets and last results': `query ($first: Int, $test: ID!) { tests(first: $first) { totalCount nodes {
    name createdBy { username } parent { id } childCount targets { address host } progress { receivedResults }
    assignments(first: 5) { totalCount nodes { status agent { name status } target { address agent { name } } lastResult { status ${RUNS} } } } } }
    test(id: $test) { id } }`,
  'agents with their tests': `query ($first: Int, $test: ID!) { agents(first: $first) { totalCount nodes {
    name tests(first: 5) { totalCount nodes { name targets { address } } pageInfo { hasNextPage } } } } test(id: $test) { id } }`,
  'tokens with their agents': `query ($first: Int, $test: ID!) { apiTokens(first: $first) { totalCount nodes { name status agents { name status } } }
    test(id: $test) { id } }`,
  'results with whom they belong to': `query ($first: Int, $test: ID!) { test(id: $test) {
    results(first: $first) { totalCount nodes { test { name } agent { name } target { address host } ${RUNS} } } } }`,
  'tests with their newest results': `query ($first: Int, $test: ID!) { tests(first: $first) { nodes {
    results(first: 1) { totalCount nodes { id agent { name } } pageInfo { hasNextPage endCursor } } } } test(id: $test) { id } }`,
  'paths with their ends': `query ($first: Int, $test: ID!) { paths(first: $first) { nodes { agent { name } target { address host agent { name } } } }
    test(id: $test) { id } }`,
  'changes of paths with both ways': `query ($first: Int, $test: ID!) { pathChanges(first: $first) { nodes {
    before { agent { name } target { address } } after { agent { name } target { address } } } } test(id: $test) { id } }`,
  'assignments of one test': `query ($first: Int, $test: ID!) { test(id: $test) {
    assignments(first: $first) { totalCount nodes { agent { name } target { address } lastResult { id } } } } }`,
};

const SERIES = (fields: string): string => `query ($testId: ID!, $agentIds: [ID!]!, $from: DateTime!, $to: DateTime!) {
  series(testId: $testId, metrics: ["tide.level"], agentIds: $agentIds, from: $from, to: $to) { ${fields} } }`;

describe('a page', () => {
  let app: TestApp;
  let shared: SeenTest;

  beforeAll(async () => {
    app = await startTestApp();
    const admin = await setUpAdmin(app);
    const agents: TideAgent[] = [];
    while (agents.length < MANY) agents.push(await tideAgent(app, `Agent ${agents.length}`));
    shared = await createTest(admin, testInput(agents.map(({ id }) => id)));
    for (const [index, agent] of agents.entries()) {
      const test = await createTest(admin, testInput([agent.id], { targets: [`h${index}.example`, `agent:${agents[0]?.id}`] }));
      const { rejected } = await submit(agent.client, [resultInput(test, Date.now()), resultInput(shared, Date.now())]);
      expect(rejected).toEqual([]);
    }
    const tracing = await tideAgent(app, 'Tracing', { probes: [tracer()] });
    const targets = agents.map((_, index) => `far${index}.example`);
    const traced = await createTest(admin, testInput([tracing.id], { targets, probes: [{ probe: 'traceroute' }] }));
    // Another way is a change when it was seen twice.
    const traces = traced.targets.flatMap((target) =>
      ['192.0.2.1', '192.0.2.2', '192.0.2.2'].map((hop, place) =>
        trace({ ...traced, targets: [target] }, Date.now() - 20_000 + place * 5000, [hop, '192.0.2.9']),
      ),
    );
    expect((await submit(tracing.client, traces)).rejected).toEqual([]);
  }, 240_000);
  afterAll(() => app.end());

  const ask = (query: string, first: number): Promise<string[]> => statementsOf(app, query, { first, test: shared.id });

  it.each(Object.entries(LISTS))('of %s takes no statement a row', async (_what, query) => {
    // What is kept in memory from then on, like metric sets, is read before.
    await ask(query, MANY);
    const few = await ask(query, FEW);
    const many = await ask(query, MANY);
    // What is asked for together may be read in two batches, as the answers come; what is read row by row would be 54 more.
    expect(many.length, many.join('\n')).toBeLessThanOrEqual(few.length + 3);
    expect(few.length).toBeGreaterThan(2);
    expect(few.length).toBeLessThan(20);
  });

  it('of series takes no statement a series for their points', async () => {
    const agentIds = (await app.services.store.read<{ id: string }>('select id from agent order by id limit ?', [MANY])).map(
      ({ id }) => id,
    );
    const range = { from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date(Date.now() + 60_000).toISOString() };
    const points = (count: number): Promise<string[]> =>
      statementsOf(app, SERIES('points { at max }'), { testId: shared.id, agentIds: agentIds.slice(0, count), ...range });
    await points(MANY);
    const few = await points(FEW);
    const many = await points(MANY);
    expect(many, many.join('\n')).toHaveLength(few.length);
    expect(few.length).toBeGreaterThan(2);
    expect(few.length).toBeLessThan(20);
  });

  it('of series takes no statement a series for their gaps', async () => {
    const agentIds = (await app.services.store.read<{ id: string }>('select id from agent order by id limit ?', [MANY])).map(
      ({ id }) => id,
    );
    const range = { from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date(Date.now() + 60_000).toISOString() };
    /** What gaps cost beyond the numbers, which are read in any case. */
    const statementsForGaps = async (count: number): Promise<string[]> => {
      const variables = { testId: shared.id, agentIds: agentIds.slice(0, count), ...range };
      const without = await statementsOf(app, SERIES('resolutionSeconds'), variables);
      const all = await statementsOf(app, SERIES('gaps { from to cause missingResults }'), variables);
      return all.slice(without.length);
    };
    await statementsForGaps(MANY);
    const few = await statementsForGaps(FEW);
    const many = await statementsForGaps(MANY);
    expect(many, many.join('\n')).toHaveLength(few.length);
    expect(few.length).toBeGreaterThan(2);
    expect(few.length).toBeLessThan(20);
  });

  it('takes no statement a row either when nothing is in memory yet', async () => {
    await app.close();
    app = await startTestApp({}, app.folder);
    const statements = await ask(LISTS['tests with agents, targets and last results'] ?? '', MANY);
    expect(statements.length, statements.join('\n')).toBeLessThan(20);
  });
});
