import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { FieldProblem } from '../../errors.js';
import type { SettingsRules } from '../catalogue.js';
import { withinTime } from './within-time.js';

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

/** Longest that one schema may take with some settings, ms: agents write it, and a pattern in it may try more ways than there is time for. */
const CHECK_MS = 1000;

/** What is wrong with a probe's settings by the JSON Schemas (draft 2020-12) of its versions: nothing where they fit one. `path` is where they stand in the input. */
export function settingsProblems(
  { name, accepted }: Pick<SettingsRules, 'name' | 'accepted'>,
  settings: unknown,
  path: string,
): FieldProblem[] {
  const [newest, ...others] = accepted;
  const problems = problemsBy(newest, name, settings, path);
  const fitsAnother = problems.length > 0 && others.some((schema) => problemsBy(schema, name, settings, path).length === 0);
  return fitsAnother ? [] : problems;
}

function problemsBy(schema: unknown, name: string, settings: unknown, path: string): FieldProblem[] {
  const errors = withinTime(CHECK_MS, () => errorsBy(schema, settings));
  if (errors === 'invalid') return [{ path, message: `${name}: the JSON Schema that its agent declares is not valid; update that agent.` }];
  if (errors === undefined) {
    const message = `${name}: checking was given up after ${CHECK_MS} ms; a pattern in the JSON Schema that its agent declares tries too many ways to match.`;
    return [{ path, message }];
  }
  return errors.map((error) => ({ path: path + pathOf(error), message: `${name}: ${sentence(error)}` }));
}

function errorsBy(schema: unknown, settings: unknown): readonly ErrorObject[] | 'invalid' {
  const validate = validatorOf(schema);
  if (!validate) return 'invalid';
  return validate(settings) ? [] : (validate.errors ?? []);
}

/** Undefined where the agent's schema itself is not valid. */
function validatorOf(schema: unknown): ValidateFunction | undefined {
  try {
    return validators.of(isObject(schema) ? schema : {});
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
