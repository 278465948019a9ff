import { PROBES } from './workload.js';
import type { Bench, BenchTest } from './bench.js';
import { percentile } from './report.js';

const CREATE = 'mutation ($input: TestInput!) { createTest(input: $input) { id revision } }';
const UPDATE =
  'mutation ($id: ID!, $input: TestInput!, $revision: Int) { updateTest(id: $id, input: $input, revision: $revision) { id revision } }';
const LONGEST_MS = 120_000;
const EDIT_AIM_S = 3;

function testInput({ swarm }: Bench, name: string): Record<string, unknown> {
  return {
    ...{ name, targets: ['127.0.0.1:9'], agentIds: swarm.agents.map(({ id }) => id), schedule: { intervalSeconds: 5 } },
    probes: PROBES.map((probe) => ({ probe })),
  };
}

/** Waits until every agent has the test in this revision; returns how long each took, s. */
async function delivered({ swarm }: Bench, testId: string, revision: number, begin: number): Promise<number[]> {
  const has = (list: readonly { readonly testId: string; readonly revision: number }[] | undefined): boolean =>
    list?.some((each) => each.testId === testId && each.revision === revision) === true;
  const missing = new Set(swarm.agents);
  const holds = (): boolean => {
    for (const agent of missing) {
      if (!has(swarm.assignments.get(agent)?.list)) return false;
      missing.delete(agent);
    }
    return true;
  };
  await swarm.until(`revision ${revision} at all agents`, holds, LONGEST_MS);
  return swarm.agents.map((agent) => ((swarm.assignments.get(agent)?.at ?? NaN) - begin) / 1000);
}

/** A test with all agents is made. */
export async function createForAll(bench: Bench): Promise<BenchTest> {
  const begin = performance.now();
  const { createTest } = await bench.admin.data<{ createTest: BenchTest }>(CREATE, { input: testInput(bench, 'all of them') });
  const answered = (performance.now() - begin) / 1000;
  const delays = await delivered(bench, createTest.id, createTest.revision, begin);
  bench.report.line(
    'a test with all agents is made',
    `answered after ${answered.toFixed(2)} s, at all after ${Math.max(...delays).toFixed(2)} s`,
  );
  return createTest;
}

/** A test with all agents is edited, three times: each agent hears of it. */
export async function editForAll(bench: Bench, test: BenchTest): Promise<void> {
  const { report, admin, server } = bench;
  let worst = 0;
  for (let edit = 1; edit <= 3; edit += 1) {
    const begin = performance.now();
    await server.usage();
    const variables = { id: test.id, revision: test.revision, input: testInput(bench, `all of them, edit ${edit}`) };
    const { updateTest } = await admin.data<{ updateTest: BenchTest }>(UPDATE, variables);
    const answered = (performance.now() - begin) / 1000;
    test.revision = updateTest.revision;
    const delays = await delivered(bench, test.id, test.revision, begin);
    const last = Math.max(...delays);
    worst = Math.max(worst, last);
    report.line(
      `edit ${edit}`,
      `answered ${answered.toFixed(2)} s, half have it ${percentile(delays, 0.5).toFixed(2)} s, all ${last.toFixed(2)} s`,
    );
    report.usage('  server meanwhile', await server.usage(), last);
  }
  report.judge('an edit at all agents, the slowest', worst, EDIT_AIM_S, 's');
}
