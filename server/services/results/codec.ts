import { roundSignificant } from '../../../probes/sdk/stats.js';
import { joinDetails, type SplitDetails } from './detail-form.js';
import { joinFlow, splitFlow, type FlowForm } from './flow.js';
import type { ResultInput, RunInput } from './input.js';
import { packSampleList, unpackSampleList, type StoredSamples } from './samples.js';
import { RESULT_STATUS, statusName } from './status.js';

/** The metrics of an assignment's probes in a fixed order: a result's numbers stand in that order. */
export interface MetricSet {
  readonly id: number;
  readonly ids: readonly string[];
  /** Place of each id in `ids`. */
  readonly index: ReadonlyMap<string, number>;
}

/** A metric that a run did not measure, and why. */
export interface Absence {
  readonly metric: string;
  readonly reason: string;
}

/** What a run says the same way again and again: stored once, named by number. */
export interface RunForm {
  readonly probe: string;
  readonly method: string;
  readonly absent: readonly Absence[];
  /** Absent where the run has no flow, or has it among its details. */
  readonly flow?: FlowForm;
}

/** The columns of a result that are packed. All are JSON text, so that SQL can read them too. */
export interface PackedResult {
  /** One number or null for each metric of the set. */
  readonly numbers: string;
  /** Samples by place in the set, each list packed; null where there are none. */
  readonly samples: string | null;
  /** place, bound, place, bound, …; null where there are none. */
  readonly bounds: string | null;
  /** [form or its number, status, start after the result's in ms, duration in ms, the flow's numbers as a list?, error code?, error message?] a run. */
  readonly runs: string;
  /**
   * [flow, details] a run, or [flow, null, form, values]; null where no run has either. The flow is null where the run's form has it. A form of details is
   * stored where it came before.
   */
  readonly details: string | null;
}

/** A run's head, unpacked. */
export interface RunHead {
  readonly probe: string;
  readonly method: string;
  readonly absent: readonly Absence[];
  /** Undefined where it is among the details, or nowhere. */
  readonly flow?: unknown;
  readonly status: string;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** A form that was not stored by itself stands in its run. */
export type PackedRun = [form: number | string, status: number, offset: number, duration: number, ...more: (string | readonly number[])[]];

/** A run, taken apart. */
export interface SplitRun {
  readonly run: RunInput;
  /** The text of its form, as it is stored. */
  readonly form: string;
  /** The flow's numbers; undefined where it is none, or is kept whole. */
  readonly flow: readonly number[] | undefined;
  /** The details, taken apart; undefined where there are none, or they are kept whole. */
  readonly details: SplitDetails | undefined;
}

/** The numbers of a run's forms. */
export interface FormNumbers {
  /** The form itself where it was not stored. */
  readonly run: number | string;
  /** Undefined where the form was not stored: the details are kept whole. */
  readonly details?: number | undefined;
}

type PackedDetails = [flow: unknown, details: unknown, form?: number, values?: SplitDetails['values']];

/** Takes a run apart into what it says again and again, and the rest; its details are taken apart already. */
export function splitRun(run: RunInput, details: SplitDetails | undefined): SplitRun {
  const flow = splitFlow(run.flow);
  const repeated = `${JSON.stringify(run.probe)},${JSON.stringify(run.method)},${JSON.stringify(run.absent ?? {})}`;
  return { run, form: flow ? `[${repeated},${flow.form}]` : `[${repeated}]`, flow: flow?.values, details };
}

/** A form from its text. */
export function formOf(text: string): RunForm {
  const [probe, method, reasons, flow] = JSON.parse(text) as [string, string, Record<string, string>, FlowForm?];
  // A list once for all runs of the form: a page shows hundreds of them.
  const absent = Object.entries(reasons).map(([metric, reason]) => ({ metric, reason }));
  return { probe, method, absent, ...(flow === undefined ? {} : { flow }) };
}

/** Metric ids of a checked result that its set does not have. */
export function undeclared(result: ResultInput, set: MetricSet): string[] {
  const missing = new Set<string>();
  for (const map of [result.metrics, result.errorBounds, result.distributions, ...result.runs.map((run) => run.absent)]) {
    for (const id in map as object | null | undefined) if (!set.index.has(id)) missing.add(id);
  }
  return [...missing];
}

/** Packs a result that was checked and fits the set; `runs` are its runs, `forms` the numbers of their forms. Numbers keep 6 significant digits. */
export function pack(result: ResultInput, set: MetricSet, runs: readonly SplitRun[], forms: readonly FormNumbers[]): PackedResult {
  return {
    numbers: packNumbers(result.metrics as Record<string, number>, set),
    samples: packSamples((result.distributions ?? {}) as Record<string, number[]>, set),
    bounds: packBounds((result.errorBounds ?? {}) as Record<string, number>, set),
    runs: JSON.stringify(runs.map((run, index) => packRun(run, (forms[index] as FormNumbers).run, result.startedAt.getTime()))),
    details: packDetails(runs, forms),
  };
}

function packNumbers(metrics: Record<string, number>, { ids, index }: MetricSet): string {
  const numbers = new Array<number | null>(ids.length).fill(null);
  for (const id in metrics) numbers[index.get(id) as number] = roundSignificant(metrics[id] as number);
  return JSON.stringify(numbers);
}

function packSamples(samples: Record<string, number[]>, { index }: MetricSet): string | null {
  const packed: Record<number, StoredSamples> = {};
  let any = false;
  for (const id in samples) {
    const list = samples[id] as number[];
    if (list.length === 0) continue;
    packed[index.get(id) as number] = packSampleList(list.map((sample) => roundSignificant(sample)));
    any = true;
  }
  return any ? JSON.stringify(packed) : null;
}

function packBounds(bounds: Record<string, number>, { index }: MetricSet): string | null {
  const pairs: number[] = [];
  for (const id in bounds) pairs.push(index.get(id) as number, roundSignificant(bounds[id] as number));
  return pairs.length === 0 ? null : JSON.stringify(pairs);
}

function packRun({ run, flow }: SplitRun, form: number | string, at: number): PackedRun {
  const packed: PackedRun = [form, RESULT_STATUS.indexOf(run.status), run.startedAt.getTime() - at, roundSignificant(run.durationMs)];
  if (flow !== undefined && flow.length > 0) packed.push(flow);
  if (run.errorCode) packed.push(run.errorCode, run.errorMessage ?? '');
  return packed;
}

function packDetails(runs: readonly SplitRun[], forms: readonly FormNumbers[]): string | null {
  const parts = runs.map(({ run, flow, details }, index): PackedDetails => {
    const form = forms[index]?.details;
    const kept = flow ? null : (run.flow ?? null);
    return details && form !== undefined ? [kept, null, form, details.values] : [kept, run.details ?? null];
  });
  return parts.every(([flow, details, form]) => flow === null && details === null && form === undefined) ? null : JSON.stringify(parts);
}

/** Calls `visit` with each number of a result, in the order of its set. */
export function eachNumber(numbers: string, { ids }: MetricSet, visit: (id: string, value: number) => void): void {
  const values = JSON.parse(numbers) as (number | null)[];
  // By index: an event for each of hundreds of results a second comes by here.
  for (let index = 0; index < values.length; index += 1) {
    const id = ids[index];
    const value = values[index];
    if (id !== undefined && value !== null && value !== undefined) visit(id, value);
  }
}

/** The numbers of a result by metric id. */
export function unpackNumbers(numbers: string, set: MetricSet): Map<string, number> {
  const found = new Map<string, number>();
  eachNumber(numbers, set, (id, value) => found.set(id, value));
  return found;
}

/** Samples by place in the set; null where a result has none. */
export function unpackSamples(samples: string | null): Record<number, readonly number[]> | null {
  if (samples === null) return null;
  const stored = JSON.parse(samples) as Record<number, StoredSamples>;
  const unpacked: Record<number, readonly number[]> = {};
  for (const place in stored) unpacked[place] = unpackSampleList(stored[place] as StoredSamples);
  return unpacked;
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

/** The runs of a result as they are packed. */
export function parseRuns(runs: string): readonly PackedRun[] {
  return JSON.parse(runs) as PackedRun[];
}

/** The numbers of the forms that these runs name; those that stand in their runs have none. */
export function formsNamed(runs: readonly PackedRun[]): number[] {
  return runs.flatMap(([form]) => (typeof form === 'number' ? [form] : []));
}

/** A result's runs, without their details. @throws RangeError when a form is not among `forms` */
export function unpackRuns(runs: readonly PackedRun[], at: number, forms: ReadonlyMap<number, RunForm>): RunHead[] {
  return runs.map(([form, status, offset, durationMs, ...more]) => {
    const known = typeof form === 'string' ? formOf(form) : forms.get(form);
    if (known === undefined) throw new RangeError(`run form ${form} is not in the database`);
    const { probe, method, absent, flow } = known;
    const numbers = more.find((each) => typeof each !== 'string') ?? [];
    const [code, message = ''] = more.filter((each) => typeof each === 'string');
    return {
      probe,
      method,
      absent,
      startedAt: new Date(at + offset),
      durationMs,
      status: statusName(status),
      error: code === undefined ? null : { code, message },
      ...(flow === undefined ? {} : { flow: joinFlow(flow, numbers) }),
    };
  });
}

/** The numbers of the forms that a result's details name. */
export function detailFormsNamed(body: string): number[] {
  return (JSON.parse(body) as PackedDetails[]).flatMap(([, , form]) => form ?? []);
}

/** Flow and details of each run, in the order of the runs. @throws RangeError when a form is not among `forms`, which are parsed */
export function unpackDetails(body: string, forms: ReadonlyMap<number, unknown>): { readonly flow: unknown; readonly details: unknown }[] {
  return (JSON.parse(body) as PackedDetails[]).map(([flow, details, form, values]) => {
    if (form === undefined) return { flow, details };
    if (!forms.has(form)) throw new RangeError(`form ${form} of details is not in the database`);
    return { flow, details: joinDetails(forms.get(form), values ?? []) };
  });
}
