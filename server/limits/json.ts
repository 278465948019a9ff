import { isUtf8 } from 'node:buffer';
import { ApiError } from '../errors.js';
import { isSuspect } from './text.js';

/** How deep objects and lists of a message may stand in one another: a probe's settings and details stay far below. */
const DEEPEST = 64;

/** Messages whose texts need a closer look before they are kept. */
const suspects = new WeakSet<object>();

/** Whether a message that `parseMessage` gave may hold texts that no database keeps. */
export function mayBeUnstorable(message: object): boolean {
  return suspects.has(message);
}

function badMessage(message: string): ApiError {
  return new ApiError('BAD_USER_INPUT', message, { fields: [{ path: '', message }] });
}

/** The text of a message's bytes. @throws ApiError BAD_USER_INPUT where they are not UTF-8 */
export function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw badMessage('The message is not UTF-8.');
  return bytes.toString('utf8');
}

/** Parses a message as JSON, the same on both transports. @throws ApiError BAD_USER_INPUT */
export function parseMessage(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) throw badMessage('The message is not JSON.');
    throw error;
  }
  const problem = problemOf(value, DEEPEST);
  if (problem !== undefined) throw badMessage(problem);
  if (isSuspect(text)) suspects.add(operationIn(value));
  return value;
}

/** Over WebSocket the operation is a message's payload, over HTTP the message itself. */
function operationIn(value: unknown): object {
  if (typeof value !== 'object' || value === null) return {};
  const { payload } = value as { readonly payload?: unknown };
  return typeof payload === 'object' && payload !== null ? payload : value;
}

/**
 * That a value is too deep, or has a key by which a careless merge would change every object of the process. Reports of agents are large and come all the time: this walks them
 * without making a list of each object's values.
 */
function problemOf(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === 0) return `The message is nested more than ${DEEPEST} deep.`;
  if (Array.isArray(value)) return problemOfList(value, depth);
  for (const key in value) {
    const each = (value as Readonly<Record<string, unknown>>)[key];
    if (isPoison(key, each)) return 'The message has a key "__proto__" or "constructor.prototype".';
    const problem = typeof each === 'object' && each !== null ? problemOf(each, depth - 1) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOfList(list: readonly unknown[], depth: number): string | undefined {
  for (const each of list) {
    const problem = typeof each === 'object' && each !== null ? problemOf(each, depth - 1) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isPoison(key: string, value: unknown): boolean {
  if (key === '__proto__') return true;
  return key === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype');
}
