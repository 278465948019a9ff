import { isUtf8 } from 'node:buffer';
import { ApiError } from '../errors.js';
import { isSuspect } from './text.js';

/** How deep objects and lists of a message may stand in one another: a probe's settings and details stay far below. */
const DEEPEST = 64;

/** Letters of `__proto__` and `constructor`, written as escapes. */
const ESCAPED_LETTER = /\\u00(?:5[fF]|6[3fF])/;

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
  if (isDeeper(value, DEEPEST)) throw badMessage(`The message is nested more than ${DEEPEST} deep.`);
  if (mayBePoisonous(text) && isPoisonous(value)) throw badMessage('The message has a key "__proto__" or "constructor.prototype".');
  if (isSuspect(text)) suspects.add(operationIn(value));
  return value;
}

/** Over WebSocket the operation is a message's payload, over HTTP the message itself. */
function operationIn(value: unknown): object {
  if (typeof value !== 'object' || value === null) return {};
  const { payload } = value as { readonly payload?: unknown };
  return typeof payload === 'object' && payload !== null ? payload : value;
}

/** Reports of agents are large and come all the time: this walks them without making a list of each object's values. */
function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  if (Array.isArray(value)) {
    for (const each of value as unknown[]) if (typeof each === 'object' && each !== null && isDeeper(each, depth - 1)) return true;
    return false;
  }
  for (const key in value) {
    const each = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof each === 'object' && each !== null && isDeeper(each, depth - 1)) return true;
  }
  return false;
}

/** Keys by which a careless merge would change every object of the process may be in the text. Plain searches skip most of it, an expression does not. */
function mayBePoisonous(text: string): boolean {
  return text.includes('__proto__') || text.includes('constructor') || (text.includes('\\u') && ESCAPED_LETTER.test(text));
}

function isPoisonous(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, each]: [string, unknown]) => {
    if (key === '__proto__') return true;
    if (key === 'constructor' && typeof each === 'object' && each !== null && Object.hasOwn(each, 'prototype')) return true;
    return isPoisonous(each);
  });
}
