import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { Query, Resolver } from 'type-graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSchemaOf, serverSchema } from './schema.js';
import { startTestApp, type TestApp } from './testing/app.js';
import { HttpClient } from './testing/client.js';
import { enrolmentToken } from './testing/agents.js';
import { setUpAdmin } from './testing/people.js';

const OPEN = ['me', 'setUpRequired', 'setUp', 'login', 'logout'];

/** A literal that the type takes: what is asked is who may call, not what comes of it. */
function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return '[]';
  if (isEnumType(type)) return type.getValues()[0]?.name ?? 'null';
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
    return `{ ${required.map((field) => `${field.name}: ${literal(field.type)}`).join(', ')} }`;
  }
  const literals: Record<string, string> = {
    DateTime: '"2026-01-01T00:00:00.000Z"',
    Int: '1',
    Float: '1',
    Boolean: 'true',
    JSON: '{}',
    MetricMap: '{}',
  };
  return literals[type.name] ?? '"x"';
}

function isComposite(type: GraphQLOutputType): boolean {
  return isNonNullType(type) || isListType(type) ? isComposite(type.ofType) : isObjectType(type);
}

function callOf(field: GraphQLField<unknown, unknown>): string {
  const required = field.args.filter((argument) => isNonNullType(argument.type));
  const args = required.length === 0 ? '' : `(${required.map((argument) => `${argument.name}: ${literal(argument.type)}`).join(', ')})`;
  return `${field.name}${args}${isComposite(field.type) ? ' { __typename }' : ''}`;
}

function fieldsOf(root: GraphQLObjectType | null | undefined): GraphQLField<unknown, unknown>[] {
  return root ? Object.values(root.getFields()) : [];
}

describe('who may do what', () => {
  let app: TestApp;
  let admin: HttpClient;
  let schema: GraphQLSchema;
  let operations: { name: string; document: string }[];
  beforeAll(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
    schema = await serverSchema();
    operations = [
      ...fieldsOf(schema.getQueryType()).map((field) => ({ name: field.name, document: `{ ${callOf(field)} }` })),
      ...fieldsOf(schema.getMutationType()).map((field) => ({ name: field.name, document: `mutation { ${callOf(field)} }` })),
    ];
  });
  afterAll(() => app.end());

  it('is asked of every operation: without a credential all but five answer UNAUTHENTICATED', async () => {
    const nobody = new HttpClient(app.url);
    expect(operations.length).toBeGreaterThan(20);
    for (const { name, document } of operations.filter((each) => !OPEN.includes(each.name))) {
      expect({ name, code: await nobody.code(document) }).toEqual({ name, code: 'UNAUTHENTICATED' });
    }
  });

  it('is the same with a credential that is wrong', async () => {
    const stranger = new HttpClient(app.url, `ssa_${'A'.repeat(43)}`);
    expect(await stranger.code('{ agents { totalCount } }')).toBe('UNAUTHENTICATED');
    expect(await stranger.data('{ me { id } setUpRequired }')).toEqual({ me: null, setUpRequired: false });
  });

  it('lets an enrolment token register agents and nothing else', async () => {
    const client = new HttpClient(app.url, (await enrolmentToken(admin)).secret);
    for (const { name, document } of operations.filter((each) => ![...OPEN, 'registerAgent'].includes(each.name))) {
      expect({ name, code: await client.code(document) }).toEqual({ name, code: 'FORBIDDEN' });
    }
  });

  it('remembers who was refused what', async () => {
    const { auditEvents } = await admin.data<{ auditEvents: { nodes: unknown[] } }>(
      '{ auditEvents(actor: "token:for a new agent") { nodes { action subject } } }',
    );
    expect(auditEvents.nodes).toContainEqual({ action: 'denied', subject: expect.stringMatching(/^(Query|Mutation)\./) });
  });

  it('must be said: an operation without @Allow does not build', async () => {
    @Resolver()
    class Forgetful {
      @Query(() => String, { description: 'Forgets who may ask.' })
      everything(): string {
        return 'all of it';
      }
    }
    await expect(buildSchemaOf([Forgetful])).rejects.toThrow('Query.everything');
  });
});
