import { isPlainPattern } from './plain-pattern.js';

type Schema = Readonly<Record<string, unknown>>;

/** A schema, and the document that its references are looked up in. */
interface Placed {
  readonly root: unknown;
  readonly schema: unknown;
}

/** Longer names of settings are matched by no pattern: nobody's are. */
const LONGEST_NAME = 200;

/**
 * What JSON Schemas (draft 2020-12) say of a place in a value: every schema that may apply there, `$ref` and alternatives followed. Each may say of
 * a property what it likes: what one of them says of it counts, whatever the others say.
 */
export class SchemaPlace {
  private constructor(private readonly schemas: readonly PlacedSchema[]) {}

  /** The place of the whole value, by all of these schemas. */
  static of(roots: readonly unknown[]): SchemaPlace {
    return SchemaPlace.at(roots.map((root) => ({ root, schema: root })));
  }

  /** Whether one of them marks the place as `writeOnly`. */
  get isSecret(): boolean {
    return this.schemas.some(({ schema: { writeOnly } }) => writeOnly === true);
  }

  /** The place of a property. */
  property(name: string): SchemaPlace {
    return SchemaPlace.at(
      this.schemas.flatMap(({ root, schema }) => propertySchemas(schema, name).map((each) => ({ root, schema: each }))),
    );
  }

  /** The place of an item of an array. */
  item(index: number): SchemaPlace {
    return SchemaPlace.at(
      this.schemas.map(({ root, schema: { prefixItems, items } }) => {
        const own = Array.isArray(prefixItems) && index in prefixItems ? (prefixItems[index] as unknown) : items;
        return { root, schema: own };
      }),
    );
  }

  private static at(schemas: readonly Placed[]): SchemaPlace {
    return new SchemaPlace(expand(schemas));
  }
}

interface PlacedSchema extends Placed {
  readonly schema: Schema;
}

function propertySchemas({ properties, patternProperties, additionalProperties }: Schema, name: string): unknown[] {
  const named = isObject(properties) && Object.hasOwn(properties, name) ? [properties[name]] : [];
  const patterns = Object.entries(isObject(patternProperties) ? patternProperties : {});
  const verdicts = patterns.map(([pattern, schema]) => ({ schema, verdict: matches(pattern, name) }));
  const matching = verdicts.filter(({ verdict }) => verdict !== false).map(({ schema }) => schema);
  const isNamed = named.length > 0 || verdicts.some(({ verdict }) => verdict === true);
  return isNamed ? [...named, ...matching] : [...matching, additionalProperties];
}

/**
 * Undefined where the pattern is not tried, because it may take for ever: an agent wrote it, and then the place is as secret as each way would make it.
 * A pattern that is none makes the whole schema invalid: who checks the settings says so.
 */
function matches(pattern: string, name: string): boolean | undefined {
  if (!isPlainPattern(pattern) || name.length > LONGEST_NAME) return undefined;
  try {
    return new RegExp(pattern, 'u').test(name);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** The schemas with all that they refer to or are made of, each once. */
function expand(schemas: readonly Placed[]): PlacedSchema[] {
  const found = new Map<Schema, PlacedSchema>();
  const waiting = [...schemas];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { root, schema } = next;
    if (!isObject(schema) || found.has(schema)) continue;
    found.set(schema, { root, schema });
    const lists = [schema.allOf, schema.anyOf, schema.oneOf].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
    for (const each of [...lists, schema.then, schema.else, referred(root, schema.$ref)]) waiting.push({ root, schema: each });
  }
  return [...found.values()];
}

/** What a `$ref` within the same document means; undefined for others. */
function referred(root: unknown, ref: unknown): unknown {
  if (typeof ref !== 'string' || !ref.startsWith('#')) return undefined;
  const names = ref
    .split('/')
    .slice(1)
    .map((name) => decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~'));
  let place: unknown = root;
  for (const name of names) place = isObject(place) ? place[name] : undefined;
  return place;
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
