import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import type { Client } from 'graphql-ws';
import { vi } from 'vitest';
import type { Answer } from '../client.js';
import type { Ask, CallerName, FieldEntry, Outcome } from './rules.js';
import type { World } from './world.js';

type Field = GraphQLField<unknown, unknown>;
type Variables = Record<string, unknown>;

/** The code that a socket without a credential is closed with. */
const NO_CREDENTIAL = 4403;

/** A root field of the schema. */
export interface RootField {
  /** As in `Query.me`. */
  readonly coordinate: string;
  readonly operation: 'query' | 'mutation' | 'subscription';
  readonly field: Field;
}

/** Every query, mutation and subscription. */
export function rootFields(schema: GraphQLSchema): RootField[] {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  return roots.flatMap(([operation, root]) =>
    root ? Object.values(root.getFields()).map((field) => ({ coordinate: `${root.name}.${field.name}`, operation, field })) : [],
  );
}

/** Whether a field below the root says for itself who may read it. */
export function isGuarded(field: Field): boolean {
  return Array.isArray(field.extensions.allow);
}

/** A value that the type takes and that names nothing. */
function placeholder(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return placeholder(type.ofType);
  if (isListType(type)) return [];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) && field.defaultValue === undefined);
    return Object.fromEntries(required.map((field) => [field.name, placeholder(field.type)]));
  }
  const values: Variables = { DateTime: '2026-01-01T00:00:00.000Z', Int: 1, Float: 1, Boolean: true, JSON: {}, MetricMap: {} };
  return values[type.name] ?? 'x';
}

/** Everything of the field's type that can be read without arguments and has no guard of its own. */
function selection(field: Field): string {
  const type = getNamedType(field.type);
  if (!isObjectType(type)) return '';
  const leaves = Object.values(type.getFields()).filter(
    (each) => !isObjectType(getNamedType(each.type)) && !isGuarded(each) && each.args.every((arg) => !isNonNullType(arg.type)),
  );
  return ` { __typename ${leaves.map(({ name }) => name).join(' ')} }`;
}

/** The document that calls a root field with these variables. */
export function documentOf({ operation, field }: RootField, variables: Variables, selected = selection(field)): string {
  const given = field.args.filter(({ name }) => name in variables);
  const declared = given.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
  const passed = given.map(({ name }) => `${name}: $${name}`).join(', ');
  const brackets = (text: string): string => (text === '' ? '' : `(${text})`);
  return `${operation} ${brackets(declared)} { ${field.name}${brackets(passed)}${selected} }`;
}

/** Really goes down a way as this caller, and asks for all plain fields of the type at its end. */
export async function goAs(world: World, caller: CallerName, { root, selected }: Going, entry: FieldEntry): Promise<Outcome | string> {
  const variables = await variablesOf(world, caller, root, entry);
  const document = documentOf(root, variables, ` ${selected}`);
  if (root.operation !== 'subscription') return outcomeOf(await world.client(caller).send(document, variables), true);
  const socket = world.socket(caller);
  if (caller === 'nobody') return (await closeCodeOf(socket)) === NO_CREDENTIAL ? 'UNAUTHENTICATED' : 'let in without a credential';
  const outcome = outcomeOf(await firstAnswer(socket, document, variables), true);
  await socket.dispose();
  return outcome;
}

/** A root field and what is asked of it. */
export interface Going {
  readonly root: RootField;
  readonly selected: string;
}

const requiredArgs = ({ field }: RootField) =>
  field.args.filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined);

function variablesOf(world: World, caller: CallerName, root: RootField, { args }: FieldEntry): Variables | Promise<Variables> {
  return args ? args(world, caller) : Object.fromEntries(requiredArgs(root).map(({ name, type }) => [name, placeholder(type)]));
}

/** Really calls a root field as this caller, over HTTP or (subscriptions) a socket. */
export async function callAs(world: World, caller: CallerName, root: RootField, entry: FieldEntry): Promise<Outcome | string> {
  const variables = await variablesOf(world, caller, root, entry);
  const document = documentOf(root, variables);
  if (root.operation === 'subscription') return subscribeAs(world, caller, document, variables);
  const answer = await world.client(caller).send(document, variables);
  if (entry.endsSession) await world.signIn(caller);
  const isReal = entry.args !== undefined || requiredArgs(root).length === 0;
  return outcomeOf(answer, isReal);
}

/** What an answer says. Where the call could not name anything real, every refusal but for the caller's sake means that it was let in. */
function outcomeOf({ errors }: Answer<unknown>, isReal: boolean): Outcome | string {
  const code = errors?.[0]?.extensions.code;
  if (code === undefined) return 'allowed';
  if (isReal || ['UNAUTHENTICATED', 'FORBIDDEN', 'INTERNAL_SERVER_ERROR', 'GRAPHQL_VALIDATION_FAILED'].includes(code)) return code;
  return 'allowed';
}

/** A subscription is allowed when it listens; its events are other tests' matter. Nobody does not even get a socket. */
async function subscribeAs(world: World, caller: CallerName, query: string, variables: Variables): Promise<Outcome | string> {
  const socket = world.socket(caller);
  if (caller === 'nobody') return (await closeCodeOf(socket)) === NO_CREDENTIAL ? 'UNAUTHENTICATED' : 'let in without a credential';
  const { pubsub } = world.app;
  const listen = pubsub.listen.bind(pubsub);
  const heard = new Promise<Outcome>((resolve) => {
    vi.spyOn(pubsub, 'listen').mockImplementation((topic, listener) => {
      resolve('allowed');
      return listen(topic, listener);
    });
  });
  const outcome = await Promise.race([firstAnswer(socket, query, variables).then((answer) => outcomeOf(answer, true)), heard]);
  vi.restoreAllMocks();
  await socket.dispose();
  return outcome;
}

/** The first answer of an operation over a socket, a refusal included. */
export async function firstAnswer(socket: Client, query: string, variables: Variables = {}): Promise<Answer<unknown>> {
  try {
    for await (const answer of socket.iterate({ query, variables })) return answer as unknown as Answer<unknown>;
  } catch (errors) {
    if (Array.isArray(errors)) return { data: null, errors: errors as NonNullable<Answer<unknown>['errors']> };
    throw errors;
  }
  throw new Error('the socket gave no answer');
}

/** The code that a socket is closed with instead of answering. */
async function closeCodeOf(socket: Client): Promise<unknown> {
  return firstAnswer(socket, '{ __typename }').then(
    () => undefined,
    (closed: unknown) => (closed as { code?: unknown }).code,
  );
}

/** Asks for a field below the root as this caller: a subscription over a socket, everything else over HTTP. */
export async function askAs(world: World, caller: CallerName, { query, variables }: Ask): Promise<Outcome | string> {
  if (!query.startsWith('subscription')) return readingOf(await world.client(caller).send(query, variables));
  const socket = world.socket(caller);
  const answer = await firstAnswer(socket, query, variables);
  await socket.dispose();
  return readingOf(answer);
}

/** As `outcomeOf`, and whether the innermost field is null. */
function readingOf(answer: Answer<unknown>): Outcome | string {
  const outcome = outcomeOf(answer, true);
  let inner: unknown = answer.data;
  while (typeof inner === 'object' && inner !== null) inner = Object.values(inner)[0];
  return outcome === 'allowed' && inner === null ? 'hidden' : outcome;
}
