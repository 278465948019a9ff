import type { LiveResultFragment } from '../graphql/generated.js';

type Run = LiveResultFragment['runs'][number];

/** A metric of the newest result: its value, or why there is none. */
export interface LatestRow {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly value: number | null;
  readonly errorBound: number | null;
  readonly reason: string;
}

interface Info {
  readonly probe: string;
  readonly title: string;
  readonly description: string;
  readonly unit: string;
}

/** The rows of each run of a result: what was measured in the catalogue's order, then what was not, with its reason. */
export function latestRows(
  result: Pick<LiveResultFragment, 'metrics' | 'runs'>,
  catalogue: ReadonlyMap<string, Info>,
): { run: Run; rows: LatestRow[] }[] {
  const order = new Map([...catalogue.keys()].map((id, index) => [id, index]));
  const place = (id: string): number => order.get(id) ?? Infinity;
  const describe = (id: string): Pick<LatestRow, 'id' | 'title' | 'description'> => ({
    id,
    title: catalogue.get(id)?.title ?? id,
    description: catalogue.get(id)?.description ?? '',
  });
  return result.runs.map((run) => {
    const measured = result.metrics
      .filter(({ metric }) => (catalogue.get(metric)?.probe ?? metric.split('.')[0]) === run.probe)
      .sort((a, b) => place(a.metric) - place(b.metric))
      .map(({ metric, value, unit, errorBound }) => ({ ...describe(metric), unit, value, errorBound: errorBound ?? null, reason: '' }));
    const absent = run.absent.map(({ metric, reason }) => ({
      ...describe(metric),
      unit: catalogue.get(metric)?.unit ?? '1',
      value: null,
      errorBound: null,
      reason,
    }));
    return { run, rows: [...measured, ...absent] };
  });
}
