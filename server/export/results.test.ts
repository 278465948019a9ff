import { describe, expect, it } from 'vitest';
import { createTest, resultInput, submit, testInput, tideAgent } from '../testing/measuring.js';
import { ownServer } from '../testing/own-server.js';

const START = Date.now() - 3_600_000;
/** More than are read at once. */
const RESULTS = 1100;

describe('the export of results', () => {
  const server = ownServer();
  const filled = async (count: number): Promise<string> => {
    const agent = await tideAgent(server.app, '=cmd()');
    const test = await createTest(server.admin, testInput([agent.id]));
    const results = Array.from({ length: count }, (_, index) =>
      resultInput(test, START + index * 1000, {
        sequence: index,
        metrics: index === 0 ? { 'tide.ok': 1 } : { 'tide.ok': 1, 'tide.level': index },
      }),
    );
    expect((await submit(agent.client, results)).rejected).toEqual([]);
    return test.id;
  };
  const get = (query: Record<string, string>, cookie = server.admin.cookie ?? ''): Promise<Response> =>
    fetch(`${server.app.url}/export/results?${String(new URLSearchParams(query))}`, { headers: cookie === '' ? {} : { cookie } });

  it('as CSV has a line a result and a column a metric, empty where it was not measured; names cannot be formulas', async () => {
    const response = await get({ test: await filled(2) });
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="results.csv"');
    const [head = '', newest = '', oldest = '', ...others] = (await response.text()).split('\r\n');
    const level = head.split(',').indexOf('tide.level');
    expect(head).toContain('started_at,sequence,revision,status,tide.ok,tide.level');
    expect([newest.split(',')[level], oldest.split(',')[level]]).toEqual(['1', '']);
    expect(newest.split(',')[3]).toBe("'=cmd()");
    expect(others).toEqual(['']);
  });

  it('as JSON has an object a line, each result once however many pages they are', async () => {
    const lines = (await (await get({ test: await filled(RESULTS), format: 'json' })).text()).trimEnd().split('\n');
    const sequences = lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence);
    expect(sequences).toEqual(Array.from({ length: RESULTS }, (_, index) => RESULTS - 1 - index));
  });

  it('has the results of the time that is asked for', async () => {
    const range = { from: new Date(START + 1000).toISOString(), to: new Date(START + 3000).toISOString() };
    const lines = (await (await get({ test: await filled(5), format: 'json', ...range })).text()).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence)).toEqual([2, 1]);
  });

  it('is for viewers, and says what is wrong with a request', async () => {
    const test = await filled(1);
    expect((await get({ test }, '')).status).toBe(401);
    expect((await get({ test: 'no-such-test' })).status).toBe(404);
    const response = await get({ test, from: 'yesterday' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT', fields: [{ path: 'from' }] } }] });
  });
});
