import { isTelling, splitDetails, type SplitDetails } from './detail-form.js';

/** Sources whose form is remembered. One is some kilobytes, with its text. */
const MOST_KNOWN = 2000;
/** Beyond, one source in so many takes the oldest one's place: where far more come in turn, to remember each would cost more than it saves. */
const ADMITTED_EVERY = 16;

/** A form to compare details with: null, boolean and text as they are; what changes from run to run as 0 and ''. */
type Shape = null | boolean | string | 0 | ShapeOfList | ShapeOfObject;
interface ShapeOfList {
  readonly parts: readonly Shape[];
}
interface ShapeOfObject extends ShapeOfList {
  readonly names: readonly string[];
}

/**
 * Takes details apart as `splitDetails` does. Those of one source mostly have the form that they had before: to compare them with it takes a third of the time of
 * writing their form down and looking its text up.
 */
export class DetailSplitter {
  private readonly known = new Map<string, { readonly shape: Shape; readonly form: string }>();
  private strangers = 0;

  constructor(private readonly most = MOST_KNOWN) {}

  /** @param source whose details have the same form again and again: a probe at an agent towards a target */
  split(source: string, details: unknown): SplitDetails | undefined {
    if (typeof details !== 'object' || details === null) return undefined;
    const known = this.known.get(source);
    const values: SplitDetails['values'][number][] = [];
    if (known && fits(known.shape, details, values)) return { form: known.form, values };
    const split = splitDetails(details);
    if (!split) return undefined;
    if (known !== undefined || this.isAdmitted()) this.known.set(source, { shape: shapeOf(JSON.parse(split.form)), form: split.form });
    return split;
  }

  private isAdmitted(): boolean {
    if (this.known.size < this.most) return true;
    this.strangers += 1;
    if (this.strangers % ADMITTED_EVERY !== 0) return false;
    const [oldest] = this.known.keys();
    if (oldest !== undefined) this.known.delete(oldest);
    return true;
  }
}

function shapeOf(form: unknown): Shape {
  if (typeof form === 'number') return 0;
  if (typeof form !== 'object' || form === null) return form as Shape;
  if (Array.isArray(form)) return { parts: form.map(shapeOf) };
  return { names: Object.keys(form), parts: Object.values(form).map(shapeOf) };
}

/** Whether a value has the shape, its names in the same order too; adds what changes to `values`. */
function fits(shape: Shape, value: unknown, values: SplitDetails['values'][number][]): boolean {
  if (typeof value === 'number') return shape === 0 && values.push(value) > 0;
  if (typeof value === 'string') return fitsText(shape, value, values);
  if (typeof value !== 'object' || value === null) return shape === value;
  if (typeof shape !== 'object' || shape === null) return false;
  return 'names' in shape ? fitsObject(shape, value, values) : fitsList(shape, value, values);
}

function fitsText(shape: Shape, text: string, values: SplitDetails['values'][number][]): boolean {
  if (text !== '' && text === shape) return true;
  return shape === '' && (text === '' || isTelling(text)) && values.push(text) > 0;
}

function fitsList({ parts }: ShapeOfList, value: object, values: SplitDetails['values'][number][]): boolean {
  return Array.isArray(value) && value.length === parts.length && parts.every((part, index) => fits(part, value[index], values));
}

function fitsObject({ names, parts }: ShapeOfObject, value: object, values: SplitDetails['values'][number][]): boolean {
  if (Array.isArray(value)) return false;
  let place = 0;
  for (const name in value) {
    const part = parts[place];
    if (names[place] !== name || part === undefined) return false;
    if (!fits(part, (value as Readonly<Record<string, unknown>>)[name], values)) return false;
    place += 1;
  }
  return place === names.length;
}
