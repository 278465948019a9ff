type Schema = Readonly<Record<string, unknown>>;

/** What a JSON Schema (draft 2020-12) says of a place in a value: every schema that may apply there, `$ref` and alternatives followed. */
export class SchemaPlace {
  private constructor(
    private readonly root: unknown,
    private readonly schemas: readonly Schema[],
  ) {}

  /** The place of the whole value. */
  static of(root: unknown): SchemaPlace {
    return new SchemaPlace(root, expand(root, [root]));
  }

  /** Whether one of them marks the place as `writeOnly`. */
  get isSecret(): boolean {
    return this.schemas.some(({ writeOnly }) => writeOnly === true);
  }

  /** The place of a property. */
  property(name: string): SchemaPlace {
    return this.at(this.schemas.flatMap((schema) => propertySchemas(schema, name)));
  }

  /** The place of an item of an array. */
  item(index: number): SchemaPlace {
    return this.at(
      this.schemas.flatMap(({ prefixItems, items }) =>
        Array.isArray(prefixItems) && index in prefixItems ? [prefixItems[index] as unknown] : [items],
      ),
    );
  }

  private at(schemas: readonly unknown[]): SchemaPlace {
    return new SchemaPlace(this.root, expand(this.root, schemas));
  }
}

function propertySchemas({ properties, patternProperties, additionalProperties }: Schema, name: string): unknown[] {
  const named = isObject(properties) && Object.hasOwn(properties, name) ? [properties[name]] : [];
  const patterns = Object.entries(isObject(patternProperties) ? patternProperties : {});
  const matching = patterns.filter(([pattern]) => matches(pattern, name)).map(([, schema]) => schema);
  return named.length + matching.length > 0 ? [...named, ...matching] : [additionalProperties];
}

/** A pattern that is none makes the whole schema invalid: who checks the settings says so. */
function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(name);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** The schemas with all that they refer to or are made of, each once. */
function expand(root: unknown, schemas: readonly unknown[]): Schema[] {
  const found = new Set<Schema>();
  const waiting = [...schemas];
  for (let schema = waiting.pop(); waiting.length > 0 || schema !== undefined; schema = waiting.pop()) {
    if (!isObject(schema) || found.has(schema)) continue;
    found.add(schema);
    const lists = [schema.allOf, schema.anyOf, schema.oneOf].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
    waiting.push(...lists, schema.then, schema.else, referred(root, schema.$ref));
  }
  return [...found];
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
