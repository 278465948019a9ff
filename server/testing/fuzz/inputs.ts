import fc from 'fast-check';
import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  typeFromAST,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { sampleValue } from '../sample-values.js';
import { wildText, wildValue } from './wild.js';

/** Values for an input type: most of the right shape, with wild leaves; now and then anything at all. */
export function valuesOf(type: GraphQLInputType, ids: readonly string[], depth = 0): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: shapedValues(type, ids, depth), weight: 12 }, { arbitrary: wildValue, weight: 1 });
}

function shapedValues(type: GraphQLInputType, ids: readonly string[], depth: number): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return valuesOf(type.ofType as GraphQLInputType, ids, depth);
  if (isListType(type)) return fc.array(valuesOf(type.ofType as GraphQLInputType, ids, depth + 1), { maxLength: 3 });
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
  if (isInputObjectType(type)) return depth > 4 ? fc.constant(sampleValue(type)) : objects(type, ids, depth);
  const fitting = fc.constant(sampleValue(type));
  if (type.name === 'ID') return fc.oneof(fc.constantFrom(...ids), fitting, wildText);
  return fc.oneof({ arbitrary: fitting, weight: 3 }, { arbitrary: wildValue, weight: 1 });
}

function objects(type: GraphQLInputObjectType, ids: readonly string[], depth: number): fc.Arbitrary<unknown> {
  const fields = Object.values(type.getFields());
  const required = fields.filter((field) => isNonNullType(field.type)).map(({ name }) => name);
  const model = Object.fromEntries(fields.map((field) => [field.name, valuesOf(field.type, ids, depth + 1)]));
  const fitting: fc.Arbitrary<object> = fc.record(model, { requiredKeys: required });
  const surplus = fc.tuple(fitting, wildText, wildValue).map(([object, key, value]) => ({ ...object, [key]: value }));
  return fc.oneof({ arbitrary: fitting, weight: 9 }, { arbitrary: surplus, weight: 1 });
}

/** Variables for an operation. */
export function variablesOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  ids: readonly string[],
): fc.Arbitrary<Record<string, unknown>> {
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const { variable, type } of operation.variableDefinitions ?? []) {
    const declared = typeFromAST(schema, type) as GraphQLInputType | undefined;
    if (declared) model[variable.name.value] = valuesOf(declared, ids);
  }
  return fc.oneof({ arbitrary: fc.record(model), weight: 6 }, { arbitrary: fc.record(model, { requiredKeys: [] }), weight: 1 });
}
