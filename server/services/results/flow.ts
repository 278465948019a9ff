/** What flows of a probe have in common: what is no number, and the names of the numbers, whose values (ports, above all) change from run to run. */
export interface FlowForm {
  readonly rest: unknown;
  readonly numbers: readonly string[];
}

/** A flow longer than this is no flow but a report: it stays with its own result. */
const LONGEST = 600;

/** Takes a flow apart: its form, which is stored once, and its numbers. Undefined where it is none, or too long. */
export function splitFlow(flow: unknown): { readonly form: FlowForm; readonly values: readonly number[] } | undefined {
  if (flow === null || flow === undefined) return undefined;
  if (typeof flow !== 'object' || Array.isArray(flow)) return short({ rest: flow, numbers: [] }, []);
  const rest: Record<string, unknown> = {};
  const numbers: string[] = [];
  const values: number[] = [];
  for (const [name, value] of Object.entries(flow)) {
    if (typeof value !== 'number') rest[name] = value;
    else {
      numbers.push(name);
      values.push(value);
    }
  }
  return short({ rest, numbers }, values);
}

function short(form: FlowForm, values: readonly number[]): { readonly form: FlowForm; readonly values: readonly number[] } | undefined {
  return JSON.stringify(form).length <= LONGEST ? { form, values } : undefined;
}

/** Puts a flow together again. */
export function joinFlow({ rest, numbers }: FlowForm, values: readonly number[]): unknown {
  if (typeof rest !== 'object' || rest === null || Array.isArray(rest)) return rest;
  return { ...rest, ...Object.fromEntries(numbers.map((name, index) => [name, values[index]])) };
}
