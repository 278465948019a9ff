/** How a setting is asked for. */
export type FieldKind = 'number' | 'text' | 'secret' | 'switch' | 'choice' | 'list' | 'json';

/** One setting of a probe, as a form draws it: derived from the JSON Schema that the agents sent. */
export interface SchemaField {
  readonly key: string;
  readonly title: string;
  readonly description: string;
  readonly kind: FieldKind;
  readonly integer: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly options: readonly string[];
  /** The items of a list are numbers. */
  readonly numbers: boolean;
  readonly standard: unknown;
  readonly required: boolean;
  readonly advanced: boolean;
}

/** What was typed, by key; numbers stay text until they are sent, so that nothing typed is lost. */
export type Draft = Record<string, string | boolean>;

type Schema = Readonly<Record<string, unknown>>;

/** How many settings are shown unfolded where the schema does not say which are advanced. */
const COMMON_FIELDS = 3;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);
const asNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;

/** "packetSize" becomes "Packet size", "timeoutMs" "Timeout (ms)". */
export function titleOf(key: string): string {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
  const [, stem = words, unit] = /^(.*) (ms|seconds|bytes|mbps|percent)$/.exec(words) ?? [];
  const shown = unit === 'seconds' ? 's' : unit;
  return stem.charAt(0).toUpperCase() + stem.slice(1) + (shown ? ` (${shown})` : '');
}

/** The alternative that a person would choose from `anyOf`: the first that is not null. */
function unwrap(schema: Schema): Schema {
  const alternatives = [schema.anyOf, schema.oneOf]
    .find(Array.isArray)
    ?.filter(isSchema)
    .filter((each: Schema) => each.type !== 'null');
  if (!alternatives?.[0]) return schema;
  const constants = alternatives.map((each: Schema) => each.const);
  return constants.every((each: unknown) => typeof each === 'string')
    ? { ...schema, enum: constants }
    : { ...alternatives[0], ...schema, type: alternatives[0].type };
}

function kindOf(schema: Schema): FieldKind {
  if (Array.isArray(schema.enum)) return 'choice';
  if (schema.type === 'boolean') return 'switch';
  if (schema.type === 'number' || schema.type === 'integer') return 'number';
  if (schema.type === 'string') return schema.writeOnly === true ? 'secret' : 'text';
  const items = isSchema(schema.items) ? schema.items : {};
  return schema.type === 'array' && ['string', 'number', 'integer'].includes(String(items.type)) ? 'list' : 'json';
}

/** The fields of a settings schema in its own order. A schema that is no object has none. */
export function fieldsOf(settingsSchema: unknown): SchemaField[] {
  if (!isSchema(settingsSchema) || !isSchema(settingsSchema.properties)) return [];
  const required = Array.isArray(settingsSchema.required) ? settingsSchema.required : [];
  const entries = Object.entries(settingsSchema.properties).filter((entry): entry is [string, Schema] => isSchema(entry[1]));
  const saysAdvanced = entries.some(([, schema]) => schema.advanced === true);
  return entries.map(([key, raw], index) => {
    const schema = unwrap(raw);
    const must = required.includes(key) && raw.default === undefined;
    return {
      key,
      title: typeof raw.title === 'string' ? raw.title : titleOf(key),
      description: typeof raw.description === 'string' ? raw.description : '',
      kind: kindOf(schema),
      integer: schema.type === 'integer',
      minimum: asNumber(schema.minimum),
      maximum: asNumber(schema.maximum),
      options: Array.isArray(schema.enum) ? schema.enum.map(String) : [],
      numbers: isSchema(schema.items) && ['number', 'integer'].includes(String(schema.items.type)),
      standard: raw.default,
      required: must,
      advanced: !must && (saysAdvanced ? raw.advanced === true : index >= COMMON_FIELDS),
    };
  });
}

/** What stands in a field that was not touched: the default as text, so that the reader sees what will happen. */
export function initialValue(field: SchemaField): string | boolean {
  return shownValue(field, field.standard);
}

function shownValue(field: SchemaField, value: unknown): string | boolean {
  if (field.kind === 'switch') return value === true;
  if (value === undefined || value === null) return '';
  if (field.kind === 'list' && Array.isArray(value)) return value.join(', ');
  return field.kind === 'json' ? JSON.stringify(value) : String(value);
}

/** Settings that are stored, as their fields show them. What is not set, and secrets (null), is left out: it shows the default. */
export function draftOfSettings(fields: readonly SchemaField[], settings: unknown): Draft {
  if (!isSchema(settings)) return {};
  const set = fields.filter(({ key }) => settings[key] !== undefined && settings[key] !== null);
  return Object.fromEntries(set.map((field) => [field.key, shownValue(field, settings[field.key])]));
}

function numberProblem(field: SchemaField, text: string): string | null {
  const value = Number(text);
  if (!Number.isFinite(value)) return 'Write a number.';
  if (field.integer && !Number.isInteger(value)) return 'Write a whole number.';
  if (field.minimum !== undefined && value < field.minimum) return `At least ${field.minimum}.`;
  if (field.maximum !== undefined && value > field.maximum) return `At most ${field.maximum}.`;
  return null;
}

function jsonProblem(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** What is wrong with what was typed, or null. An empty field means the default, which only a required field lacks. */
export function problemOf(field: SchemaField, value: string | boolean | undefined): string | null {
  if (typeof value === 'boolean') return null;
  const text = (value ?? '').trim();
  if (text === '') return field.required ? 'This is needed.' : null;
  if (field.kind === 'number') return numberProblem(field, text);
  return field.kind === 'json' ? jsonProblem(text) : null;
}

function parse(field: SchemaField, value: string | boolean): unknown {
  if (typeof value === 'boolean' || field.kind === 'text' || field.kind === 'secret') return value;
  if (field.kind === 'number') return Number(value);
  if (field.kind === 'json') return JSON.parse(value);
  if (field.kind === 'list') return value.split(/[\s,]+/).filter(Boolean).map((item) => (field.numbers ? Number(item) : item)); // prettier-ignore
  return typeof field.standard === 'number' ? Number(value) : value;
}

/** The settings to send: only what differs from the defaults, so that better defaults of a later release take effect. */
export function toSettings(fields: readonly SchemaField[], draft: Readonly<Draft>): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const field of fields) {
    const value = draft[field.key];
    const untouched = value === undefined || value === initialValue(field) || (typeof value === 'string' && value.trim() === '');
    if (!untouched) settings[field.key] = parse(field, value);
  }
  return settings;
}
