import {
  getNullableType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLScalarType,
  type GraphQLEnumType,
} from 'graphql';

/** What a coercion gives for a value that may not fit its type: GraphQL's own coercion then decides, and says what is wrong. */
export const UNFIT = Symbol('unfit');

/** Makes of a JSON value what resolvers get, or UNFIT. */
export type Coercion = (value: unknown) => unknown;

/**
 * Compiles a type's coercion (GraphQL, section 3, "Input Coercion"). GraphQL's own asks for each value again what its type is, notes its path, and makes
 * objects that are slow to read. Lists written as their single item, and `@oneOf`, are left to it.
 */
export function compileCoercion(type: GraphQLInputType): Coercion {
  const coerce = compileNullable(getNullableType(type));
  if (isNonNullType(type)) return (value) => (value === null || value === undefined ? UNFIT : coerce(value));
  return (value) => (value === null || value === undefined ? null : coerce(value));
}

function compileNullable(type: GraphQLInputType): Coercion {
  if (isListType(type)) return compileList(compileCoercion(type.ofType as GraphQLInputType));
  if (isInputObjectType(type)) return compileObject(type);
  return compileLeaf(type as GraphQLScalarType | GraphQLEnumType);
}

function compileList(coerceItem: Coercion): Coercion {
  return (value) => {
    if (!Array.isArray(value)) return UNFIT;
    const items = new Array<unknown>(value.length);
    for (let at = 0; at < value.length; at++) {
      const item = coerceItem(value[at]);
      if (item === UNFIT) return UNFIT;
      items[at] = item;
    }
    return items;
  };
}

interface CompiledField extends Pick<GraphQLInputField, 'name' | 'defaultValue'> {
  readonly required: boolean;
  readonly coerce: Coercion;
}

function compileObject(type: GraphQLInputObjectType): Coercion {
  if (type.isOneOf) return () => UNFIT;
  // At the first value: a type may hold itself.
  let fields: readonly CompiledField[] | undefined;
  return (value) => {
    fields ??= Object.values(type.getFields()).map(compileField);
    if (typeof value !== 'object' || Array.isArray(value)) return UNFIT;
    return coerceObject(value as Readonly<Record<string, unknown>>, fields);
  };
}

function compileField({ name, type, defaultValue }: GraphQLInputField): CompiledField {
  return { name, defaultValue, required: isNonNullType(type) && defaultValue === undefined, coerce: compileCoercion(type) };
}

function coerceObject(value: Readonly<Record<string, unknown>>, fields: readonly CompiledField[]): unknown {
  const coerced: Record<string, unknown> = {};
  let unseen = 0;
  for (const key in value) if (value[key] !== undefined) unseen++;
  for (const { name, required, defaultValue, coerce } of fields) {
    const given = value[name];
    if (given === undefined) {
      if (required) return UNFIT;
      if (defaultValue !== undefined) coerced[name] = defaultValue;
      continue;
    }
    const made = coerce(given);
    if (made === UNFIT) return UNFIT;
    coerced[name] = made;
    unseen--;
  }
  return unseen === 0 ? coerced : UNFIT;
}

function compileLeaf(type: GraphQLScalarType | GraphQLEnumType): Coercion {
  return (value) => {
    try {
      const parsed: unknown = type.parseValue(value);
      return parsed === undefined ? UNFIT : parsed;
    } catch {
      // Said by GraphQL's own coercion, with the path.
      return UNFIT;
    }
  };
}
