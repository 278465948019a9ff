import { isDeepStrictEqual } from 'node:util';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Json, Probe } from '../probe.js';
import { runProbe } from '../run.js';
import { contextFor, expectNone, type Check, type ConformanceOptions } from './check.js';

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What people try, by mistake or on purpose, in a setting that goes to a command line, a packet or a file name. */
const HOSTILE_TEXT: Readonly<Record<string, string>> = {
  'a leading dash': '-oProxyCommand=true',
  'two leading dashes': '--help',
  'shell characters': 'x; touch y && $(id) `id` | cat > z',
  'a line break': 'x\ny',
  'a NUL': 'x\u0000y',
  'text that runs backwards': '\u202egpj.exe',
  'an emoji': '\u{1f4a3}',
};
const TOO_LONG: Readonly<Record<string, string>> = { '64 kB of text': 'x'.repeat(65_536) };
const HOSTILE_NUMBERS: Readonly<Record<string, number>> = {
  'a huge number': 1e308,
  'a huge negative number': -1e308,
  'the largest integer': Number.MAX_SAFE_INTEGER,
  infinity: Number.POSITIVE_INFINITY,
  'not a number': Number.NaN,
};
const WRONG_TYPES: Readonly<Record<string, unknown>> = { 'a nested object': { constructor: { prototype: 1 } }, 'a nested list': [[[]]] };

function propertiesOf(schema: Json): [string, Schema][] {
  const properties = isSchema(schema) && isSchema(schema.properties) ? schema.properties : {};
  return Object.entries(properties).flatMap(([name, schema]) => (isSchema(schema) ? [[name, schema]] : []));
}

function hostileValues(name: string, options: ConformanceOptions): Readonly<Record<string, unknown>> {
  const text = options.freeText?.includes(name) ? {} : HOSTILE_TEXT;
  return { ...text, ...TOO_LONG, ...HOSTILE_NUMBERS, ...WRONG_TYPES };
}

function validator(probe: Probe): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  return ajv.compile(isSchema(probe.settingsSchema) ? probe.settingsSchema : false);
}

function accepts(probe: Probe, settings: unknown): boolean {
  try {
    probe.parseSettings(settings);
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** Why the settings are not refused as they should be, or undefined. */
async function refusalProblem(
  probe: Probe,
  options: ConformanceOptions,
  settings: object,
  field: string,
  what: string,
): Promise<string | undefined> {
  if (accepts(probe, settings)) return `setting "${field}" accepts ${what}`;
  const context = await contextFor(probe, options);
  const { error } = await runProbe(probe, settings, context);
  if (error?.code !== 'BAD_SETTINGS') return `setting "${field}" with ${what} gives ${error?.code ?? 'no error'} instead of BAD_SETTINGS`;
  return error.message.includes(field) ? undefined : `setting "${field}" with ${what}: the message does not name it ("${error.message}")`;
}

async function checkHostile(probe: Probe, options: ConformanceOptions): Promise<void> {
  const problems: (string | undefined)[] = [];
  for (const [name] of propertiesOf(probe.settingsSchema)) {
    for (const [what, value] of Object.entries(hostileValues(name, options))) {
      problems.push(await refusalProblem(probe, options, { ...asObject(options.settings), [name]: value }, name, what));
    }
  }
  expectNone(problems.filter((problem) => problem !== undefined));
}

const asObject = (settings: unknown): object => (isSchema(settings) ? settings : {});

function checkDescribed(probe: Probe): void {
  const silent = propertiesOf(probe.settingsSchema).filter(
    ([, schema]) => typeof schema.description !== 'string' || schema.description.trim() === '',
  );
  expectNone(silent.map(([name]) => `setting "${name}" has no description`));
}

function checkDefaults(probe: Probe, options: ConformanceOptions): void {
  const complete = probe.parseSettings(options.settings);
  if (!isDeepStrictEqual(probe.parseSettings(complete), complete)) throw new Error('complete settings change when they are parsed again');
  const required = isSchema(probe.settingsSchema) && Array.isArray(probe.settingsSchema.required) ? probe.settingsSchema.required : [];
  const given = Object.keys(asObject(options.settings));
  expectNone(required.filter((name) => !given.includes(String(name))).map((name) => `setting "${String(name)}" has no default`));
}

function checkSchema(probe: Probe, options: ConformanceOptions): void {
  const valid = validator(probe);
  const complete = probe.parseSettings(options.settings);
  if (!valid(complete)) throw new Error(`the JSON Schema refuses complete settings: ${JSON.stringify(valid.errors)}`);
  if (valid({ ...asObject(options.settings), unknown_setting: 1 })) throw new Error('the JSON Schema accepts an unknown setting');
}

async function checkUnknownKeys(probe: Probe, options: ConformanceOptions): Promise<void> {
  const names = ['unknown_setting', 'constructor', 'toString'];
  const problems = names.map((name) =>
    refusalProblem(probe, options, { ...asObject(options.settings), [name]: 1 }, name, 'a value though it does not exist'),
  );
  expectNone((await Promise.all(problems)).filter((problem) => problem !== undefined));
}

/** What a probe owes about its settings. */
export function settingsChecks(probe: Probe, options: ConformanceOptions): Check[] {
  return [
    { name: 'describes each setting', run: async () => checkDescribed(probe) },
    { name: 'has a default for each setting, and complete settings stay as they are', run: async () => checkDefaults(probe, options) },
    { name: 'has a JSON Schema of its settings that agrees with it', run: async () => checkSchema(probe, options) },
    { name: 'refuses unknown settings and names them', run: () => checkUnknownKeys(probe, options) },
    { name: 'refuses hostile values and names their setting', run: () => checkHostile(probe, options) },
  ];
}
