import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Core } from '../operations.js';
import type { FoundPoint, FoundSeries } from '../services/series/series.js';
import { CSV_TYPE } from './csv.js';
import { queryOf, sendFile, viewerOf } from './request.js';

/** Points a series where a request does not say. */
const USUAL_POINTS = 500;

const list = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(z.string().min(1)).min(1));
const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const REQUEST = z.object({
  testId: z.string().min(1),
  metrics: list,
  agentIds: list.optional(),
  targetIds: list.optional(),
  from: time,
  to: time,
  maxPoints: z.coerce.number().int().default(USUAL_POINTS),
  format: z.enum(['csv', 'json']).default('csv'),
});

const STATISTICS = ['count', 'min', 'avg', 'max', 'p5', 'p25', 'p50', 'p75', 'p95', 'p99'] as const;
const TYPES = { csv: CSV_TYPE, json: 'application/json; charset=utf-8' };

/**
 * `GET /export/series?testId&metrics=a,b&from&to` (and `agentIds`, `targetIds`, `maxPoints`, `format=csv|json`): what the query `series` answers, as a file.
 * Viewers may. CSV has a line a point (RFC 4180); what a kind of metric does not have is empty. Sent as it is read.
 */
export function serveSeriesExport(fastify: FastifyInstance, core: Core): void {
  fastify.get('/export/series', async (request, reply) => {
    const viewer = await viewerOf(core, request, reply);
    const { testId, format, ...query } = queryOf(REQUEST, request.query);
    const found = core.services.series.each(await core.services.tests.get(viewer.context.em, testId), query);
    // What is wrong with the query shows when the first is read: before the answer begins.
    const first = await found.next();
    const all = chained(first.done ? undefined : first.value, found);
    const parts = format === 'csv' ? csv(all) : json(all);
    return sendFile(core, viewer, reply, { name: `series.${format}`, type: TYPES[format], parts });
  });
}

async function* chained(first: FoundSeries | undefined, rest: AsyncGenerator<FoundSeries, void>): AsyncGenerator<FoundSeries> {
  if (first) yield first;
  yield* rest;
}

/** None of the texts needs quotes: ids, metrics and units have neither comma, quote nor line break. */
async function* csv(all: AsyncIterable<FoundSeries>): AsyncGenerator<string> {
  yield `test,agent,target,metric,unit,resolution_s,at,${STATISTICS.join(',')}\r\n`;
  for await (const { testId, agentId, targetId, metric, resolutionSeconds, points } of all) {
    const head = [testId, agentId, targetId, metric.id, metric.unit, resolutionSeconds].join(',');
    yield points.map((point) => `${head},${point.at.toISOString()},${STATISTICS.map((name) => point[name] ?? '').join(',')}\r\n`).join('');
  }
}

/** A list of series; its end shows that it is whole. */
async function* json(all: AsyncIterable<FoundSeries>): AsyncGenerator<string> {
  let before = '[';
  for await (const { testId, agentId, targetId, metric, resolutionSeconds, points } of all) {
    const series: Record<string, unknown> & { points: readonly FoundPoint[] } = {
      ...{ testId, agentId, targetId, metric: metric.id, unit: metric.unit, resolutionSeconds },
      points,
    };
    yield `${before}${JSON.stringify(series)}`;
    before = ',\n';
  }
  yield before === '[' ? '[]\n' : ']\n';
}
