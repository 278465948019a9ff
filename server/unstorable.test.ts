import { describe, expect, it } from 'vitest';
import { CREATE_TEST, createTest, resultInput, submit, testInput, tideAgent } from './testing/measuring.js';
import { ownServer } from './testing/own-server.js';

const DETAILS = 'query ($id: ID!) { result(id: $id) { runs { details } } }';

describe('texts that no database keeps', () => {
  const server = ownServer();

  it.each(['a\0b', 'half \ud83d'])('are refused where people write them: %j', async (name) => {
    const agent = await tideAgent(server.app);
    const answer = await server.admin.send(CREATE_TEST, { input: testInput([agent.id], { name }) });
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  });

  it('are mended in what an agent reports, so that the batch is stored', async () => {
    const agent = await tideAgent(server.app);
    const test = await createTest(server.admin, testInput([agent.id]));
    const [plain, odd] = [Date.now() - 1000, Date.now()].map((at) => resultInput(test, at));
    const [run] = odd?.runs as Record<string, unknown>[];
    const sent = [plain, { ...odd, runs: [{ ...run, details: { gauge: 'no\0rth', 'k\ud83d': 1 } }] }].map((each) => ({ ...each }));
    expect((await submit(agent.client, sent)).accepted).toHaveLength(2);
    const { result } = await server.admin.data<{ result: { runs: { details: unknown }[] } }>(DETAILS, { id: odd?.id });
    expect(result.runs[0]?.details).toEqual({ gauge: 'no\uFFFDrth', 'k\uFFFD': 1 });
  });
});
