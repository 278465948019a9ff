import { BREAK, visit, type DocumentNode } from 'graphql';
import { ApiError } from '../errors.js';
import { findUnstorable } from './text.js';

/** How deep selections, lists and objects of a document may stand in one another: the parser calls itself for each level. */
const DEEPEST_BRACKETS = 200;

/** @throws ApiError QUERY_TOO_COMPLEX when the text has more brackets open at once than any document needs; what stands in strings counts too */
export function checkBrackets(query: string): void {
  let open = 0;
  for (let at = 0; at < query.length; at++) {
    const code = query.charCodeAt(at);
    if (code === 0x7b || code === 0x5b || code === 0x28) open++;
    else if (code === 0x7d || code === 0x5d || code === 0x29) open--;
    if (open > DEEPEST_BRACKETS) throw new ApiError('QUERY_TOO_COMPLEX', `The document is nested more than ${DEEPEST_BRACKETS} deep.`);
  }
}

const schemaAsked = new WeakMap<DocumentNode, boolean>();

/** Whether a document asks for the schema itself; `__typename` is no question of that kind. */
export function asksForSchema(document: DocumentNode): boolean {
  const asks = schemaAsked.get(document) ?? someField(document, (name) => name === '__schema' || name === '__type');
  schemaAsked.set(document, asks);
  return asks;
}

/** Whether a text in a document is none that can be kept: it holds NUL or half of a surrogate pair. */
export function hasUnstorableText(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    StringValue(node) {
      if (findUnstorable(node.value, 'text') === undefined) return undefined;
      found = true;
      return BREAK;
    },
  });
  return found;
}

function someField(document: DocumentNode, wanted: (name: string) => boolean): boolean {
  let found = false;
  visit(document, {
    Field(node) {
      if (!wanted(node.name.value)) return undefined;
      found = true;
      return BREAK;
    },
  });
  return found;
}
