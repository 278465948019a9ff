import { GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { GraphQLDateTimeISO, GraphQLJSON } from 'graphql-scalars';
import { badUserInput } from './errors.js';

/** A time as we write it ourselves: the library checks any other way of writing one, which takes it a hundred times as long as reading it. */
const OWN_FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** Days that every month has: JavaScript turns 30 February into 2 March. */
const SURE_DAYS = 28;

function timeFromClient(value: unknown): Date {
  if (typeof value === 'string' && OWN_FORM.test(value)) {
    const time = new Date(value);
    if (time.getUTCDate() <= SURE_DAYS && Number(value.slice(8, 10)) <= SURE_DAYS && value.slice(11, 13) !== '24') return time;
  }
  return GraphQLDateTimeISO.parseValue(value);
}

/** RFC 3339, UTC, milliseconds. */
export const DateTime = new GraphQLScalarType({
  ...GraphQLDateTimeISO.toConfig(),
  parseValue: timeFromClient,
  name: 'DateTime',
  description: 'A moment as RFC 3339 text in UTC with milliseconds, like 2026-01-31T12:00:00.000Z.',
});

/** Any JSON value. */
export const Json = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  name: 'JSON',
  description: 'Any JSON value; its shape is documented where it is used.',
});

function toMetricMap(value: unknown): Record<string, number> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badUserInput({ path: 'metrics', message: 'A MetricMap is an object from metric id to finite number.' });
  }
  for (const [id, number] of Object.entries(value)) {
    if (typeof number !== 'number' || !Number.isFinite(number)) {
      throw badUserInput({ path: `metrics.${id}`, message: `The value of "${id}" is not a finite number.` });
    }
  }
  return value as Record<string, number>;
}

function literalToMetricMap(node: ValueNode): Record<string, number> {
  if (node.kind !== Kind.OBJECT) return toMetricMap(undefined);
  const entries = node.fields.map(({ name, value }) => {
    const isNumber = value.kind === Kind.INT || value.kind === Kind.FLOAT;
    return [name.value, isNumber ? Number(value.value) : undefined] as const;
  });
  return toMetricMap(Object.fromEntries(entries));
}

/** Of what comes in only the shape is checked here: a number that is none makes its own result bad, not the whole batch. */
function fromClient(value: unknown): Record<string, number> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, number>;
  throw badUserInput({ path: 'metrics', message: 'A MetricMap is an object from metric id to finite number.' });
}

/** An object from metric id to finite number. */
export const MetricMap = new GraphQLScalarType<Record<string, number>>({
  name: 'MetricMap',
  description: 'An object from metric id to finite number.',
  serialize: toMetricMap,
  parseValue: fromClient,
  parseLiteral: literalToMetricMap,
});
