import { readFileSync } from 'node:fs';
import { buildSchema, isInputObjectType, isObjectType, parse, validate, type GraphQLSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import * as documents from './server-link/documents.js';
import { AGENT_CONTRACT } from './testing/contract.js';

const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));

/** The fields of each object and input type, as "Type.field: Type". */
function fieldsOf(each: GraphQLSchema): string[] {
  return Object.values(each.getTypeMap())
    .filter((type) => (isObjectType(type) || isInputObjectType(type)) && !type.name.startsWith('__'))
    .flatMap((type) =>
      isObjectType(type) || isInputObjectType(type)
        ? Object.values(type.getFields()).map((field) => `${type.name}.${field.name}: ${field.type}`)
        : [],
    );
}

describe("the agent's GraphQL", () => {
  it.each(Object.entries(documents))('%s is valid for the public schema', (_name, document) => {
    expect(validate(schema, parse(document))).toEqual([]);
  });

  it('is tested against what the public schema says', () => {
    const published = new Set(fieldsOf(schema));
    expect(fieldsOf(buildSchema(AGENT_CONTRACT)).filter((field) => !published.has(field))).toEqual([]);
  });
});
