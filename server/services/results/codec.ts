import { roundSignificant } from '../../../probes/sdk/stats.js';
import { joinFlow, splitFlow, type FlowForm } from './flow.js';
import type { ResultInput, RunInput } from './input.js';
import { RESULT_STATUS, statusName } from './status.js';

/** The metrics of an assignment's probes in a fixed order: a result's numbers stand in that order. */
export interface MetricSet {
  readonly id: number;
  readonly ids: readonly string[];
  /** Place of each id in `ids`. */
  readonly index: ReadonlyMap<string, number>;
}

/** What a run says the same way again and again: stored once, named by number. */
export interface RunForm {
  readonly probe: string;
  readonly method: string;
  readonly absent: Readonly<Record<string, string>>;
  /** Absent where the run has no flow, or has it among its details. */
  readonly flow?: FlowForm;
}

/** The columns of a result that are packed. All are JSON text, so that SQL can read them too. */
export interface PackedResult {
  /** One number or null for each metric of the set. */
  readonly numbers: string;
  /** Samples by place in the set; null where there are none. */
  readonly samples: string | null;
  /** place, bound, place, bound, …; null where there are none. */
  readonly bounds: string | null;
  /** [form, status, start after the result's in ms, duration in ms, the flow's numbers as a list?, error code?, error message?] a run. */
  readonly runs: string;
  /** [flow, details] a run; null where no run has either. The flow is null where the form has it. */
  readonly details: string | null;
}

/** A run's head, unpacked. */
export interface RunHead {
  readonly probe: string;
  readonly method: string;
  readonly absent: Readonly<Record<string, string>>;
  /** Undefined where it is among the details, or nowhere. */
  readonly flow?: unknown;
  readonly status: string;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly error: { readonly code: string; readonly message: string } | null;
}

type PackedRun = [form: number, status: number, offset: number, duration: number, ...more: (string | readonly number[])[]];

/** What a run says again and again. */
export function formOf(run: RunInput): RunForm {
  const flow = splitFlow(run.flow)?.form;
  return { probe: run.probe, method: run.method, absent: (run.absent ?? {}) as Record<string, string>, ...(flow && { flow }) };
}

/** Metric ids of a checked result that its set does not have. */
export function undeclared(result: ResultInput, set: MetricSet): string[] {
  const missing = new Set<string>();
  for (const map of [result.metrics, result.errorBounds, result.distributions, ...result.runs.map((run) => run.absent)]) {
    for (const id in map as object | null | undefined) if (!set.index.has(id)) missing.add(id);
  }
  return [...missing];
}

/** Packs a result that was checked and fits the set; `forms` are the numbers of its runs' forms, in their order. Numbers keep 6 significant digits. */
export function pack(result: ResultInput, set: MetricSet, forms: readonly number[]): PackedResult {
  const metrics = result.metrics as Record<string, number>;
  return {
    numbers: JSON.stringify(set.ids.map((id) => (id in metrics ? short(metrics[id] as number) : null))),
    samples: packSamples((result.distributions ?? {}) as Record<string, number[]>, set),
    bounds: packBounds((result.errorBounds ?? {}) as Record<string, number>, set),
    runs: JSON.stringify(result.runs.map((run, index) => packRun(run, forms[index] as number, result.startedAt))),
    details: packDetails(result.runs),
  };
}

const short = (value: number): number => roundSignificant(value);

function packSamples(samples: Record<string, number[]>, set: MetricSet): string | null {
  const entries = Object.entries(samples).filter(([, list]) => list.length > 0);
  return entries.length === 0
    ? null
    : JSON.stringify(Object.fromEntries(entries.map(([id, list]) => [set.index.get(id), list.map(short)])));
}

function packBounds(bounds: Record<string, number>, set: MetricSet): string | null {
  const pairs = Object.entries(bounds).flatMap(([id, bound]) => [set.index.get(id), short(bound)]);
  return pairs.length === 0 ? null : JSON.stringify(pairs);
}

function packRun(run: RunInput, form: number, startedAt: Date): PackedRun {
  const offset = run.startedAt.getTime() - startedAt.getTime();
  const packed: PackedRun = [form, RESULT_STATUS.indexOf(run.status), offset, short(run.durationMs)];
  const numbers = splitFlow(run.flow)?.values ?? [];
  if (numbers.length > 0) packed.push(numbers);
  if (run.errorCode) packed.push(run.errorCode, run.errorMessage ?? '');
  return packed;
}

function packDetails(runs: readonly RunInput[]): string | null {
  const parts = runs.map((run) => [splitFlow(run.flow) ? null : (run.flow ?? null), run.details ?? null]);
  return parts.every(([flow, details]) => flow === null && details === null) ? null : JSON.stringify(parts);
}

/** The numbers of a result by metric id. */
export function unpackNumbers(numbers: string, set: MetricSet): Map<string, number> {
  const found = new Map<string, number>();
  for (const [index, value] of (JSON.parse(numbers) as (number | null)[]).entries()) {
    const id = set.ids[index];
    if (value !== null && id !== undefined) found.set(id, value);
  }
  return found;
}

/** Error bounds by metric id. */
export function unpackBounds(bounds: string | null, set: MetricSet): Map<string, number> {
  const flat = bounds === null ? [] : (JSON.parse(bounds) as number[]);
  const found = new Map<string, number>();
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const id = set.ids[flat[index] as number];
    if (id !== undefined) found.set(id, flat[index + 1] as number);
  }
  return found;
}

/** The numbers of the forms that a result's runs name. */
export function formsNamed(runs: string): number[] {
  return (JSON.parse(runs) as PackedRun[]).map(([form]) => form);
}

/** A result's runs, without their details. @throws RangeError when a form is not among `forms` */
export function unpackRuns(runs: string, at: number, forms: ReadonlyMap<number, RunForm>): RunHead[] {
  return (JSON.parse(runs) as PackedRun[]).map(([form, status, offset, durationMs, ...more]) => {
    const known = forms.get(form);
    if (known === undefined) throw new RangeError(`run form ${form} is not in the database`);
    const { probe, method, absent, flow } = known;
    const numbers = more.find((each) => typeof each !== 'string') ?? [];
    const [code, message = ''] = more.filter((each) => typeof each === 'string');
    const times = { startedAt: new Date(at + offset), durationMs };
    const found = { probe, method, absent, ...times, status: statusName(status), error: code === undefined ? null : { code, message } };
    return flow === undefined ? found : { ...found, flow: joinFlow(flow, numbers) };
  });
}

/** Flow and details of each run, in the order of the runs. */
export function unpackDetails(body: string): { readonly flow: unknown; readonly details: unknown }[] {
  return (JSON.parse(body) as [unknown, unknown][]).map(([flow, details]) => ({ flow, details }));
}
