/** What flows of a probe have in common: what is no large number, and the names of the large ones, whose values (ports, above all) change from run to run. */
export interface FlowForm {
  readonly rest: unknown;
  readonly numbers: readonly string[];
}

/** A flow longer than this is no flow but a report: it stays with its own result. */
const LONGEST = 600;

/** Family, DSCP, time to live: numbers of one byte say what kind of flow it is. Larger ones tell flows of a kind from each other. */
const LARGEST_KIND = 255;

/** A flow taken apart. */
interface SplitFlow {
  /** The JSON text of its form, which is stored once. */
  readonly form: string;
  readonly values: readonly number[];
}

/** Takes a flow apart: its form and its numbers. Undefined where it is none, or too long. */
export function splitFlow(flow: unknown): SplitFlow | undefined {
  if (flow === null || flow === undefined) return undefined;
  if (typeof flow !== 'object' || Array.isArray(flow)) return short({ rest: flow, numbers: [] }, []);
  const rest: Record<string, unknown> = {};
  const numbers: string[] = [];
  const values: number[] = [];
  for (const name in flow) {
    const value = (flow as Readonly<Record<string, unknown>>)[name];
    if (typeof value !== 'number' || isKind(value)) rest[name] = value;
    else {
      numbers.push(name);
      values.push(value);
    }
  }
  return short({ rest, numbers }, values);
}

const isKind = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= LARGEST_KIND;

function short(form: FlowForm, values: readonly number[]): SplitFlow | undefined {
  const text = JSON.stringify(form);
  return text.length <= LONGEST ? { form: text, values } : undefined;
}

/** Puts a flow together again. */
export function joinFlow({ rest, numbers }: FlowForm, values: readonly number[]): unknown {
  if (typeof rest !== 'object' || rest === null || Array.isArray(rest)) return rest;
  return { ...rest, ...Object.fromEntries(numbers.map((name, index) => [name, values[index]])) };
}
