import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { FieldProblem } from '../../errors.js';

/** What is checked against: a probe as it was declared. `settingsSchema` is JSON Schema (draft 2020-12). */
export interface SettingsOwner {
  readonly name: string;
  readonly settingsSchema: unknown;
}

const validators = new WeakMap<object, ValidateFunction>();

/** What is wrong with a probe's settings by its JSON Schema; `path` is where they stand in the input. */
export function settingsProblems(owner: SettingsOwner, settings: unknown, path: string): FieldProblem[] {
  const validate = validatorOf(owner);
  if (validate(settings)) return [];
  return (validate.errors ?? []).map((error) => ({ path: path + pathOf(error), message: `${owner.name}: ${sentence(error)}` }));
}

/** The settings that the schema marks `writeOnly`: secrets. */
export function secretSettings({ settingsSchema }: SettingsOwner): string[] {
  const { properties } = (settingsSchema ?? {}) as { properties?: Record<string, { writeOnly?: boolean }> };
  return Object.entries(properties ?? {}).flatMap(([name, schema]) => (schema.writeOnly === true ? [name] : []));
}

function validatorOf({ settingsSchema }: SettingsOwner): ValidateFunction {
  const schema = isObject(settingsSchema) ? settingsSchema : {};
  const known = validators.get(schema);
  if (known) return known;
  // One Ajv a schema: plug-ins may give two schemas the same $id. Strict mode would refuse what newer agents write.
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  const validate = ajv.compile(schema);
  validators.set(schema, validate);
  return validate;
}

function pathOf({ instancePath, keyword, params }: ErrorObject): string {
  const base = instancePath.replaceAll('/', '.');
  const name: unknown =
    keyword === 'required' ? params.missingProperty : keyword === 'additionalProperties' ? params.additionalProperty : undefined;
  return typeof name === 'string' ? `${base}.${name}` : base;
}

function sentence({ instancePath, keyword, message, params }: ErrorObject): string {
  if (keyword === 'additionalProperties') return `there is no setting "${String(params.additionalProperty)}".`;
  const where = instancePath === '' ? 'the settings' : `"${instancePath.slice(1).replaceAll('/', '.')}"`;
  const allowed = keyword === 'enum' && Array.isArray(params.allowedValues) ? `: ${params.allowedValues.join(', ')}` : '';
  return `${where} ${message ?? 'are not valid'}${allowed}.`;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
