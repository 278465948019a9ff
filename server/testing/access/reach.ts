import { getNamedType, isObjectType, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { isGuarded, rootFields } from './call.js';
import type { CallerName, FieldEntry, NestedEntry } from './rules.js';

/** What only leads to something else: a page and its parts. */
const isPaging = (name: string): boolean => /(Connection|Edge)$|^PageInfo$/.test(name);

/** The names of the object types that a caller can come to see, by the fields that let it in. */
export function reachable(
  schema: GraphQLSchema,
  caller: CallerName,
  access: Readonly<Record<string, FieldEntry>>,
  nested: Readonly<Record<string, NestedEntry>>,
): ReadonlySet<string> {
  const seen = new Set<GraphQLObjectType>();
  const visit = (type: unknown): void => {
    if (!isObjectType(type) || seen.has(type)) return;
    seen.add(type);
    for (const field of Object.values(type.getFields())) {
      const isKept = isGuarded(field) && nested[`${type.name}.${field.name}`]?.rule[caller] !== 'allowed';
      if (!isKept) visit(getNamedType(field.type));
    }
  };
  for (const { coordinate, field } of rootFields(schema)) {
    const rule = access[coordinate]?.rule;
    // What answers without a credential gives nobody but the caller.
    if (rule?.[caller] === 'allowed' && rule.nobody !== 'allowed') visit(getNamedType(field.type));
  }
  return new Set([...seen].map(({ name }) => name).filter((name) => !isPaging(name)));
}

/** Every object type that is no page and no root. */
export function objectTypes(schema: GraphQLSchema): GraphQLObjectType[] {
  return allTypes(schema).filter(({ name }) => !isPaging(name));
}

/** Every object type that is no root. */
export function allTypes(schema: GraphQLSchema): GraphQLObjectType[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => !type.name.startsWith('__') && !roots.includes(type));
}

/** The fields below the roots that have a guard of their own, as in `Agent.tests`. */
export function guardedFields(schema: GraphQLSchema): string[] {
  return objectTypes(schema).flatMap((type) =>
    Object.values(type.getFields()).filter(isGuarded).map(({ name }) => `${type.name}.${name}`),
  ); // prettier-ignore
}
