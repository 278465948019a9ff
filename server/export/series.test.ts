import { describe, expect, it } from 'vitest';
import { createTest, resultInput, submit, testInput, tideAgent } from '../testing/measuring.js';
import { ownServer } from '../testing/own-server.js';

const START = Math.floor((Date.now() - 3_600_000) / 600_000) * 600_000;

describe('the export of a series', () => {
  const server = ownServer();
  const filled = async (): Promise<Record<string, string>> => {
    const attic = await tideAgent(server.app);
    const test = await createTest(server.admin, testInput([attic.id]));
    const results = [1, 2, 3].map((level, index) =>
      resultInput(test, START + index * 5000, { metrics: { 'tide.level': level, 'tide.ok': 1 } }),
    );
    expect((await submit(attic.client, results)).accepted).toHaveLength(3);
    const range = { from: new Date(START).toISOString(), to: new Date(START + 600_000).toISOString() };
    return { testId: test.id, metrics: 'tide.level,tide.ok', ...range, maxPoints: '11' };
  };
  const get = (query: Record<string, string>, cookie = server.admin.cookie ?? ''): Promise<Response> =>
    fetch(`${server.app.url}/export/series?${String(new URLSearchParams(query))}`, { headers: cookie === '' ? {} : { cookie } });

  it('as CSV has a line a point, empty where a kind has no such statistic', async () => {
    const response = await get(await filled());
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    const [head, level, ok, ...others] = (await response.text()).split('\r\n');
    expect(head).toBe('test,agent,target,metric,unit,resolution_s,at,count,min,avg,max,p5,p25,p50,p75,p95,p99');
    expect(level?.split(',').slice(3)).toEqual([
      'tide.level',
      '1',
      '60',
      new Date(START).toISOString(),
      '3',
      '1',
      '2',
      '3',
      '1',
      '1',
      '2',
      '3',
      '3',
      '3',
    ]);
    expect(ok?.split(',').slice(7)).toEqual(['3', '1', '', '1', '', '', '', '', '', '']);
    expect(others).toEqual(['']);
  });

  it('as JSON is a list of series', async () => {
    const response = await get({ ...(await filled()), format: 'json' });
    expect(await response.json()).toMatchObject([
      { metric: 'tide.level', unit: '1', resolutionSeconds: 60, points: [{ at: new Date(START).toISOString(), count: 3, avg: 2 }] },
      { metric: 'tide.ok', points: [{ count: 3, avg: null }] },
    ]);
  });

  it('is for who may see series, and says what is wrong with a request', async () => {
    const query = await filled();
    expect((await get(query, '')).status).toBe(401);
    expect((await get({ ...query, testId: 'no-such-test' })).status).toBe(404);
    const { metrics: _, ...without } = query;
    for (const bad of [without, { ...query, metrics: 'moon.phase' }, { ...query, from: 'yesterday' }, { ...query, format: 'xml' }]) {
      const response = await get(bad);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    }
  });
});
