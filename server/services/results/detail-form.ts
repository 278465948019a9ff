/** What the details of runs have in common: all of it but the values that change from run to run, which stand in a list, in the order of the form. */
export interface SplitDetails {
  /** The JSON text of the form: 0 and '' where a value is in the list. */
  readonly form: string;
  readonly values: readonly DetailValue[];
}

type DetailValue = number | string;

/** A longer form is no form but a report: it stays with its own result. */
const LONGEST = 20_000;
const DEEPEST = 20;

/** Whether a text is prose that tells figures, which is another one each time. Names and addresses have no blanks. */
export const isTelling = (text: string): boolean => text.includes(' ') && /\d/.test(text);

/** Takes details apart: every number, and every sentence with a number in it, is a value. Undefined where there are none, or they are too long or too deep. */
export function splitDetails(details: unknown): SplitDetails | undefined {
  if (typeof details !== 'object' || details === null) return undefined;
  const values: DetailValue[] = [];
  const form = shapeOf(details, values, 0);
  return form === undefined || form.length > LONGEST ? undefined : { form, values };
}

/** Puts details together again. `form` is parsed, and stays as it is. */
export function joinDetails(form: unknown, values: readonly DetailValue[]): unknown {
  let next = 0;
  const filled = (shape: unknown): unknown => {
    if (typeof shape === 'number' || shape === '') return values[next++];
    if (typeof shape !== 'object' || shape === null) return shape;
    if (Array.isArray(shape)) return shape.map(filled);
    return Object.fromEntries(Object.entries(shape).map(([name, value]) => [name, filled(value)]));
  };
  return filled(form);
}

function shapeOf(value: unknown, values: DetailValue[], depth: number): string | undefined {
  if (typeof value === 'number') {
    values.push(value);
    return '0';
  }
  if (typeof value === 'string') return shapeOfText(value, values);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depth === DEEPEST) return undefined;
  return Array.isArray(value) ? shapeOfList(value, values, depth + 1) : shapeOfObject(value as Record<string, unknown>, values, depth + 1);
}

function shapeOfText(text: string, values: DetailValue[]): string {
  if (text !== '' && !isTelling(text)) return JSON.stringify(text);
  values.push(text);
  return '""';
}

function shapeOfList(list: readonly unknown[], values: DetailValue[], depth: number): string | undefined {
  let shape = '';
  for (const each of list) {
    const part = shapeOf(each, values, depth);
    if (part === undefined) return undefined;
    shape += shape === '' ? part : `,${part}`;
  }
  return `[${shape}]`;
}

function shapeOfObject(object: Readonly<Record<string, unknown>>, values: DetailValue[], depth: number): string | undefined {
  let shape = '';
  for (const name in object) {
    const part = shapeOf(object[name], values, depth);
    if (part === undefined) return undefined;
    shape += `${shape === '' ? '' : ','}${JSON.stringify(name)}:${part}`;
  }
  return `{${shape}}`;
}
