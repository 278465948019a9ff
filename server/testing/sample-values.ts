import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';

const SCALARS: Readonly<Record<string, unknown>> = {
  ID: '01940000-0000-7000-8000-000000000000',
  String: 'text',
  Int: 7,
  Float: 7.5,
  Boolean: true,
  DateTime: '2026-01-31T12:00:00.000Z',
  JSON: { any: ['value'] },
  MetricMap: { 'tide.level': 1.5 },
};

/** A value that fits an input type: every field of an object, one item of a list. */
export function sampleValue(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return sampleValue(type.ofType as GraphQLInputType);
  if (isListType(type)) return [sampleValue(type.ofType as GraphQLInputType)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    return Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, sampleValue(field.type)]));
  }
  return SCALARS[type.name];
}

/** Variables that fit an operation's declarations. */
export function sampleVariables(schema: GraphQLSchema, operation: OperationDefinitionNode): Record<string, unknown> {
  const entries = (operation.variableDefinitions ?? []).map(({ variable, type }) => {
    const declared = typeFromAST(schema, type) as GraphQLInputType | undefined;
    return [variable.name.value, declared && sampleValue(declared)] as const;
  });
  return Object.fromEntries(entries);
}
