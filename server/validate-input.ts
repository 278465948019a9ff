import { validate, type ValidationError } from 'class-validator';
import type { ValidatorFn } from 'type-graphql';
import { badUserInput, type FieldProblem } from './errors.js';

/**
 * Checks an argument by its class-validator decorators, and names each wrong field by its path from the argument on: `input.schedule.cron`.
 * What is null or left out is not checked: whether it may be is the schema's to say.
 *
 * @throws ApiError BAD_USER_INPUT
 */
export const validateInput: ValidatorFn = async (value: unknown, _type, { args }) => {
  if (typeof value !== 'object' || value === null) return;
  const name = argumentName(value, args);
  const checked = Array.isArray(value) ? value.map((each: unknown, at) => [`${name}.${at}`, each] as const) : [[name, value] as const];
  const problems: FieldProblem[] = [];
  for (const [path, each] of checked) {
    if (typeof each !== 'object' || each === null) continue;
    const errors = await validate(each, { skipMissingProperties: true, forbidUnknownValues: false });
    problems.push(...errors.flatMap((error) => problemsOf(error, path)));
  }
  const [first, ...more] = problems;
  if (first) throw badUserInput(first, ...more);
};

/** The argument's name; empty where the value is all of the arguments (`@Args`). No operation of ours takes two objects. */
function argumentName(value: object, args: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(args);
  if (names.every((name) => name in value)) return '';
  return names.find((name) => typeof args[name] === 'object' && args[name] !== null) ?? '';
}

function problemsOf(error: ValidationError, parent: string): FieldProblem[] {
  const path = parent === '' ? error.property : `${parent}.${error.property}`;
  const own = Object.values(error.constraints ?? {}).map((message) => ({ path, message: sentence(message) }));
  return [...own, ...(error.children ?? []).flatMap((child) => problemsOf(child, path))];
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
