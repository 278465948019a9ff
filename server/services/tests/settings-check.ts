import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { FieldProblem } from '../../errors.js';

/** What is checked against: a probe as it was declared. `settingsSchema` is JSON Schema (draft 2020-12). */
export interface SettingsOwner {
  readonly name: string;
  readonly settingsSchema: unknown;
}

/** Compiled schemas that are kept; compiling takes some ten milliseconds. */
const MOST_VALIDATORS = 500;

/** Validators by the schema's text: the same declaration is read from the database again and again. */
class Validators {
  private byText = new Map<string, ValidateFunction>();
  private ajv = newAjv();

  /** @throws Error when the schema itself is not valid */
  of(schema: object): ValidateFunction {
    const text = JSON.stringify(schema);
    const known = this.byText.get(text);
    if (known) return known;
    if (this.byText.size >= MOST_VALIDATORS) {
      this.byText = new Map();
      this.ajv = newAjv();
    }
    const validate = this.ajv.compile(schema);
    this.byText.set(text, validate);
    return validate;
  }
}

/** Strict mode would refuse what newer agents write; schemas are not remembered by $id, since two plug-ins may give the same. */
function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true, addUsedSchema: false, validateSchema: false, logger: false });
  formats.default(ajv);
  return ajv;
}

const validators = new Validators();

/** What is wrong with a probe's settings by its JSON Schema; `path` is where they stand in the input. */
export function settingsProblems(owner: SettingsOwner, settings: unknown, path: string): FieldProblem[] {
  const validate = validatorOf(owner);
  if (!validate) return [{ path, message: `${owner.name}: the JSON Schema that its agent declares is not valid; update that agent.` }];
  if (validate(settings)) return [];
  return (validate.errors ?? []).map((error) => ({ path: path + pathOf(error), message: `${owner.name}: ${sentence(error)}` }));
}

/** Undefined where the agent's schema itself is not valid. */
function validatorOf({ settingsSchema }: SettingsOwner): ValidateFunction | undefined {
  try {
    return validators.of(isObject(settingsSchema) ? settingsSchema : {});
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
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
