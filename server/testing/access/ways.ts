import { getNamedType, isNonNullType, isObjectType, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { isGuarded, rootFields, type RootField } from './call.js';
import type { CallerName, FieldEntry, NestedEntry, Outcome } from './rules.js';

type Field = GraphQLField<unknown, unknown>;

/** How to come from a root field down to a type, and what becomes of a caller who tries. */
export interface Way {
  readonly root: RootField;
  /** The fields below the root, in order. */
  readonly steps: readonly string[];
  readonly outcome: Outcome;
}

interface Tables {
  readonly access: Readonly<Record<string, FieldEntry>>;
  readonly nested: Readonly<Record<string, NestedEntry>>;
}

const needsNothing = ({ args }: Field): boolean =>
  args.every(({ type, defaultValue }) => !isNonNullType(type) || defaultValue !== undefined);

/** What is asked of a type by itself: all that needs no arguments. Fields with a guard of their own are asked one by one elsewhere. */
export function plainFields(type: GraphQLObjectType): Field[] {
  return Object.values(type.getFields()).filter((field) => !isGuarded(field) && needsNothing(field));
}

/**
 * The shortest way by which a caller comes to a type; where there is none, one that refuses the caller at its root. Queries before all else. What answers without a
 * credential is no way: it gives nobody but the caller.
 */
export function wayTo(schema: GraphQLSchema, target: GraphQLObjectType, caller: CallerName, { access, nested }: Tables): Way | undefined {
  const order = ['query', 'subscription', 'mutation'];
  const roots = rootFields(schema)
    .filter(({ coordinate }) => access[coordinate] && access[coordinate].rule.nobody !== 'allowed')
    .sort((one, other) => order.indexOf(one.operation) - order.indexOf(other.operation));
  const ways = roots.flatMap((root): Way[] => {
    const outcome = access[root.coordinate]?.rule[caller] ?? 'FORBIDDEN';
    const isOpen = (type: GraphQLObjectType, field: Field): boolean =>
      !isGuarded(field) || (outcome === 'allowed' && nested[`${type.name}.${field.name}`]?.rule[caller] === 'allowed');
    const steps = stepsTo(getNamedType(root.field.type), target, isOpen);
    return steps ? [{ root, steps, outcome }] : [];
  });
  const first = (ways.find(({ outcome }) => outcome === 'allowed') ?? ways[0])?.root.operation;
  const [shortest] = ways
    .filter(({ root }) => root.operation === first)
    .sort((one, other) => Number(other.outcome === 'allowed') - Number(one.outcome === 'allowed') || one.steps.length - other.steps.length);
  return shortest;
}

function stepsTo(
  from: unknown,
  target: GraphQLObjectType,
  isOpen: (type: GraphQLObjectType, field: Field) => boolean,
): string[] | undefined {
  const seen = new Set<unknown>([from]);
  let places = [{ type: from, steps: [] as string[] }];
  while (places.length > 0) {
    const there = places.find(({ type }) => type === target);
    if (there) return there.steps;
    places = places.flatMap(({ type, steps }) => {
      if (!isObjectType(type)) return [];
      const next = Object.values(type.getFields()).filter((field) => needsNothing(field) && isOpen(type, field));
      return next.flatMap((field) => {
        const below = getNamedType(field.type);
        if (seen.has(below)) return [];
        seen.add(below);
        return [{ type: below, steps: [...steps, field.name] }];
      });
    });
  }
  return undefined;
}

/** The selection that goes down the steps and asks for all plain fields of the type at their end. */
export function selectionOf(steps: readonly string[], target: GraphQLObjectType): string {
  const asked = plainFields(target).map((field) => (isObjectType(getNamedType(field.type)) ? `${field.name} { __typename }` : field.name));
  return steps.reduceRight((inner, step) => `{ ${step} ${inner} }`, `{ __typename ${asked.join(' ')} }`);
}
