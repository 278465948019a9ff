import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isObjectType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from './config.js';
import { SCHEMA_FILE, schemaText } from './emit-schema.js';
import { serverSchema } from './schema.js';

/** Every part of a schema as `coordinate: type`: types, fields, arguments with defaults, enum values. */
function partsOf(schema: GraphQLSchema): Map<string, string> {
  const parts = new Map<string, string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    parts.set(type.name, type.constructor.name);
    for (const [coordinate, text] of membersOf(type)) parts.set(`${type.name}.${coordinate}`, text);
  }
  return parts;
}

function membersOf(type: GraphQLNamedType): [string, string][] {
  if (isEnumType(type)) return type.getValues().map(({ name }) => [name, 'value']);
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map((field) => [field.name, withDefault(String(field.type), field.defaultValue)]);
  if (!isObjectType(type)) return [];
  return Object.values(type.getFields()).flatMap(
    (field) => [[field.name, String(field.type)], ...argumentsOf(field)] as [string, string][],
  );
}

function argumentsOf(field: GraphQLField<unknown, unknown>): [string, string][] {
  return field.args.map((argument) => [`${field.name}(${argument.name})`, withDefault(String(argument.type), argument.defaultValue)]);
}

function withDefault(type: string, value: unknown): string {
  return value === undefined ? type : `${type} = ${JSON.stringify(value)}`;
}

function connectionTypes(contract: string): string {
  const names = new Set(
    [...contract.matchAll(/\b(\w+)Connection\b/g)].map(([, name]) => name ?? '').filter((name) => name !== 'X' && name !== ''),
  );
  const pageInfo = 'type PageInfo { hasNextPage: Boolean! endCursor: String }';
  const types = [...names].map(
    (name) =>
      `type ${name}Connection { edges: [${name}Edge!]! nodes: [${name}!]! pageInfo: PageInfo! totalCount: Int } type ${name}Edge { cursor: String! node: ${name}! }`,
  );
  return [pageInfo, ...types].join('\n');
}

describe('the schema', () => {
  let schema: GraphQLSchema;
  let built: Map<string, string>;
  let contract: Map<string, string>;
  beforeAll(async () => {
    schema = await serverSchema();
    built = partsOf(schema);
    const text = readFileSync(join(packageRoot(), 'docs', 'api', 'contract.graphql'), 'utf8');
    contract = partsOf(buildSchema(`${text}\n${connectionTypes(text)}`));
  });

  it('is the one that is committed as schema.graphql; `npm run schema` makes it anew', async () => {
    expect(readFileSync(SCHEMA_FILE, 'utf8')).toBe(await schemaText());
  });

  it('has each part of the contract with the type that it has there', () => {
    const differing = [...contract]
      .filter(([part, text]) => built.get(part) !== text)
      .map(([part, text]) => `${part}: ${built.get(part) ?? 'missing'}, contract: ${text}`);
    expect(differing).toEqual([]);
  });

  it('describes every type, field, argument and enum value', () => {
    const bare: string[] = [];
    const look = (coordinate: string, described: { description?: string | null }) => {
      if (!described.description) bare.push(coordinate);
    };
    for (const type of Object.values(schema.getTypeMap())) {
      if (type.name.startsWith('__')) continue;
      look(type.name, type);
      if (isEnumType(type)) type.getValues().forEach((value) => look(`${type.name}.${value.name}`, value));
    }
    for (const type of Object.values(schema.getTypeMap())) {
      if (type.name.startsWith('__') || !(isObjectType(type) || isInputObjectType(type))) continue;
      for (const field of Object.values(type.getFields())) {
        look(`${type.name}.${field.name}`, field);
        if ('args' in field) for (const argument of field.args) look(`${type.name}.${field.name}(${argument.name})`, argument);
      }
    }
    expect(bare).toEqual([]);
  });
});
