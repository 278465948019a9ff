import { describe, expect, it } from 'vitest';
import { exportLinks } from './export-links.js';

const window = { from: Date.parse('2026-01-31T12:00:00Z'), to: Date.parse('2026-01-31T13:00:00Z') };
const queryOf = (href: string | undefined): Record<string, string> => Object.fromEntries(new URL(href ?? '', 'http://x').searchParams);

describe('the files of a test', () => {
  it('hold the results of the range and the pair that the page shows', () => {
    const [csv, json] = exportLinks({ testId: 't', window, pair: 'a>b', metrics: [] });
    expect(csv?.href).toMatch(/^\/export\/results\?/);
    expect(queryOf(csv?.href)).toEqual({
      test: 't',
      agent: 'a',
      target: 'b',
      from: '2026-01-31T12:00:00.000Z',
      to: '2026-01-31T13:00:00.000Z',
      format: 'csv',
    });
    expect(queryOf(json?.href).format).toBe('json');
  });

  it('are of all pairs where none is chosen', () => {
    expect(Object.keys(queryOf(exportLinks({ testId: 't', window, pair: null, metrics: [] })[0]?.href))).not.toContain('agent');
  });

  it('hold what the charts draw, where there are charts', () => {
    expect(exportLinks({ testId: 't', window, pair: null, metrics: [] })).toHaveLength(2);
    const [, , csv] = exportLinks({ testId: 't', window, pair: null, metrics: ['ping.rtt', 'ping.loss'] });
    expect(queryOf(csv?.href)).toMatchObject({ testId: 't', metrics: 'ping.rtt,ping.loss', format: 'csv' });
  });
});
