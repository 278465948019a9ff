import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import type { HttpClient } from './testing/client.js';
import { createTest, Events, resultInput, submit, testInput, tideAgent, type SeenTest, type TideAgent } from './testing/measuring.js';
import { setUpAdmin } from './testing/people.js';
import { socketClient } from './testing/client.js';

const DIAGNOSIS = `query ($testId: ID!, $agentId: ID, $from: DateTime, $to: DateTime) {
  diagnosis(testId: $testId, agentId: $agentId, from: $from, to: $to) {
    test { id } agent { id } from to verdict health { level } summary missing findings { id } excluded { reason } anomalies { id } } }`;
const FORECAST = `query ($testId: ID!, $agentId: ID!, $targetId: ID!, $metric: ID!, $horizonSeconds: Int!) {
  forecast(testId: $testId, agentId: $agentId, targetId: $targetId, metric: $metric, horizonSeconds: $horizonSeconds) {
    metric horizonSeconds points { at } modelVersion backtestError } }`;
const RISK = `query ($testId: ID!, $agentId: ID!, $targetId: ID!) {
  failureRisk(testId: $testId, agentId: $agentId, targetId: $targetId) { probability horizonSeconds missing modelVersion contributors { metric } } }`;
const REPORT = 'mutation ($input: ReportInput!) { createReport(input: $input) { id title status progress error url pages sizeBytes } }';
const DAY = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };
const BACKWARDS = { from: DAY.to, to: DAY.from };

describe('what nothing judges yet', () => {
  let app: TestApp;
  let admin: HttpClient;
  let attic: TideAgent;
  let test: SeenTest;
  beforeAll(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
    attic = await tideAgent(app);
    test = await createTest(admin, testInput([attic.id]));
  });
  afterAll(() => app.end());
  const pair = (): Record<string, unknown> => ({ testId: test.id, agentId: attic.id, targetId: test.targets[0]?.id });
  const paths = async (query: string, variables: Record<string, unknown>): Promise<string[]> => {
    const fields = (await admin.send(query, variables)).errors?.[0]?.extensions.fields as { path: string }[] | undefined;
    return fields?.map(({ path }) => path) ?? [];
  };

  it('has a diagnosis that says what is missing, and no figure', async () => {
    const { diagnosis } = await admin.data<{ diagnosis: Record<string, unknown> & { missing: string[] } }>(DIAGNOSIS, {
      testId: test.id,
      ...DAY,
    });
    expect(diagnosis).toMatchObject({
      test: { id: test.id },
      agent: null,
      ...DAY,
      verdict: 'INSUFFICIENT_DATA',
      health: { level: 'UNKNOWN' },
    });
    expect(diagnosis).toMatchObject({ findings: [], excluded: [], anomalies: [] });
    expect(diagnosis.missing).toEqual(['No result has come yet.', expect.stringContaining('does not judge')]);
    await submit(attic.client, [resultInput(test, Date.now())]);
    const later = await admin.data<{ diagnosis: { missing: string[] } }>(DIAGNOSIS, { testId: test.id, agentId: attic.id });
    expect(later.diagnosis).toMatchObject({ agent: { id: attic.id }, missing: [expect.stringContaining('does not judge')] });
  });

  it('is NOT_FOUND where what is asked about is not there, or does not belong together', async () => {
    const stranger = await tideAgent(app, 'Stranger');
    expect(await admin.code(DIAGNOSIS, { testId: randomUUID() })).toBe('NOT_FOUND');
    expect(await admin.code(DIAGNOSIS, { testId: test.id, agentId: stranger.id })).toBe('NOT_FOUND');
    expect(await admin.code(RISK, { ...pair(), targetId: randomUUID() })).toBe('NOT_FOUND');
    for (const list of ['paths', 'pathChanges', 'anomalies']) {
      expect(await admin.code(`query ($id: ID) { ${list}(testId: $id) { totalCount } }`, { id: randomUUID() })).toBe('NOT_FOUND');
    }
    const judge = 'mutation ($id: ID!) { judgeFinding(id: $id, feedback: CONFIRMED) { id } }';
    expect(await admin.code(judge, { id: randomUUID() })).toBe('NOT_FOUND');
  });

  it('refuses times and horizons that are none', async () => {
    expect(await paths(DIAGNOSIS, { testId: test.id, ...BACKWARDS })).toEqual(['from']);
    for (const list of ['paths', 'pathChanges', 'anomalies']) {
      const query = `query ($from: DateTime, $to: DateTime, $after: String) { ${list}(from: $from, to: $to, after: $after) { totalCount } }`;
      expect(await paths(query, BACKWARDS)).toEqual(['from']);
      expect(await paths(query, { after: 'no cursor' })).toEqual(['after']);
      expect(await admin.data(query, DAY)).toEqual({ [list]: { totalCount: 0 } });
    }
    expect(await paths(FORECAST, { ...pair(), metric: 'tide.level', horizonSeconds: 0 })).toEqual(['horizonSeconds']);
    expect(await paths(FORECAST, { ...pair(), metric: 'tide.colour', horizonSeconds: 60 })).toEqual(['metric']);
  });

  it('is not foretold: no points, no probability, no model', async () => {
    expect(await admin.data(FORECAST, { ...pair(), metric: 'tide.level', horizonSeconds: 60 })).toEqual({
      forecast: { metric: 'tide.level', horizonSeconds: 60, points: [], modelVersion: 'none', backtestError: null },
    });
    const risk = { probability: null, horizonSeconds: 86_400, modelVersion: null, contributors: [], missing: [expect.any(String)] };
    expect(await admin.data(RISK, pair())).toEqual({ failureRisk: risk });
    expect(await admin.data('{ mlModels { name } }')).toEqual({ mlModels: [] });
    expect(await admin.data('mutation { trainModels { name } resetModels }')).toEqual({ trainModels: [], resetModels: false });
  });

  it('keeps the order for a report, which fails and says why, until it is deleted', async () => {
    const { createReport } = await admin.data<{ createReport: { id: string; error: string } }>(REPORT, {
      input: { testIds: [test.id], title: 'January', ...DAY },
    });
    expect(createReport).toMatchObject({ title: 'January', status: 'FAILED', progress: 0, url: null, pages: null, sizeBytes: null });
    expect(createReport.error).toContain('cannot print');
    const { id } = createReport;
    const events = new Events<{ reportChanged: { status: string } }>(
      socketClient(app.url, { cookie: admin.cookie }),
      'subscription ($id: ID!) { reportChanged(id: $id) { status } }',
      { id },
    );
    expect(await events.next()).toEqual({ reportChanged: { status: 'FAILED' } });
    await events.end();
    expect(await admin.data('{ reports { totalCount nodes { id } } }')).toEqual({ reports: { totalCount: 1, nodes: [{ id }] } });
    const remove = 'mutation ($id: ID!) { deleteReport(id: $id) }';
    expect(await admin.data(remove, { id })).toEqual({ deleteReport: true });
    expect(await admin.code(remove, { id })).toBe('NOT_FOUND');
    expect(await admin.code('query ($id: ID!) { report(id: $id) { id } }', { id })).toBe('NOT_FOUND');
  });

  it('names what is wrong with the order for a report', async () => {
    expect(await paths(REPORT, { input: { testIds: [], ...DAY } })).toEqual(['input.testIds']);
    expect(await paths(REPORT, { input: { testIds: [test.id, 'none'], agentIds: ['nobody'], ...DAY } })).toEqual([
      'input.testIds.1',
      'input.agentIds.0',
    ]);
    expect(await paths(REPORT, { input: { testIds: [test.id], ...BACKWARDS } })).toEqual(['input.from']);
  });
});
