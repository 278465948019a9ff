import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Core } from '../operations.js';
import type { ExportedResult } from '../services/results/export.js';
import { requireRange, requireScope } from '../services/scope.js';
import { CSV_TYPE, csvLine } from './csv.js';
import { queryOf, sendFile, viewerOf, type ExportedFile } from './request.js';

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const REQUEST = z.object({
  test: z.string().min(1),
  agent: z.string().min(1).optional(),
  target: z.string().min(1).optional(),
  from: time.optional(),
  to: time.optional(),
  format: z.enum(['csv', 'json']).default('csv'),
});

/** Results a part: large enough that parts cost little, small enough that memory stays small. */
const PART = 100;
const HEAD = ['id', 'test', 'agent_id', 'agent', 'target_id', 'target', 'started_at', 'sequence', 'revision', 'status'];

/**
 * `GET /export/results?test=ID` (and `agent`, `target`, `from`, `to`, `format=csv|json`): the results of a test as a file. Viewers may; each export is in
 * the audit log. CSV (RFC 4180) has a column a metric, empty where it was not measured; JSON has an object a line (NDJSON).
 */
export function serveResultExport(fastify: FastifyInstance, core: Core): void {
  fastify.get('/export/results', async (request, reply) => {
    const viewer = await viewerOf(core, request, reply);
    const { context } = viewer;
    const { test, agent, target, from, to, format } = queryOf(REQUEST, request.query);
    await requireScope(context.em, { testId: test, agentId: agent, targetId: target });
    requireRange(from, to);
    const { audit, resultExport } = core.services;
    await audit.record(context, { action: 'export', subject: test, details: { agent, target, from, to, format } });
    const found = resultExport.each(test, { agentId: agent, targetId: target, from: from?.getTime(), to: to?.getTime() });
    return sendFile(core, viewer, reply, format === 'json' ? asJson(found) : asCsv(found, await resultExport.metrics(test)));
  });
}

function asCsv(found: AsyncIterable<ExportedResult>, metrics: readonly string[]): ExportedFile {
  return { name: 'results.csv', type: CSV_TYPE, parts: inParts(csvLines(found, metrics)) };
}

function asJson(found: AsyncIterable<ExportedResult>): ExportedFile {
  return { name: 'results.ndjson', type: 'application/x-ndjson; charset=utf-8', parts: inParts(jsonLines(found)) };
}

async function* csvLines(found: AsyncIterable<ExportedResult>, metrics: readonly string[]): AsyncGenerator<string> {
  yield csvLine([...HEAD, ...metrics]);
  for await (const { result, agent, target, numbers } of found) {
    const { id, testId, agentId, targetId, at, sequence, revision, status } = result;
    const head = [id, testId, agentId, agent, targetId, target, new Date(at).toISOString(), sequence, revision, status];
    yield csvLine([...head, ...metrics.map((metric) => numbers.get(metric))]);
  }
}

async function* jsonLines(found: AsyncIterable<ExportedResult>): AsyncGenerator<string> {
  for await (const { result, agent, target, numbers } of found) {
    const { id, testId, agentId, targetId, at, scheduledAt, receivedAt, sequence, revision, status } = result;
    const times = { startedAt: new Date(at), scheduledAt: new Date(scheduledAt), receivedAt: new Date(receivedAt) };
    const head = { id, testId, agentId, agent, targetId, target, ...times, sequence, revision, status };
    yield `${JSON.stringify({ ...head, metrics: Object.fromEntries(numbers) })}\n`;
  }
}

async function* inParts(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let part: string[] = [];
  for await (const line of lines) {
    part.push(line);
    if (part.length < PART) continue;
    yield part.join('');
    part = [];
  }
  if (part.length > 0) yield part.join('');
}
