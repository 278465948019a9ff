import type { Dialect } from '../store/dialect.js';

/** Where a wanted metric stands in the numbers of a result, by its place in the metric set. */
export interface Extracted {
  readonly place: number;
  /** Read beside the value: of a RATIO its denominator, else the value again. */
  readonly weightPlace: number;
  /** Its samples are read too. */
  readonly sampled: boolean;
}

/**
 * Takes the few wanted numbers out of each result and groups them by bucket: `bucket` and `contents`, a JSON list of [numbers, samples of each sampled metric].
 * Bindings: origin, step, assignment, from, to, metric set. The places are numbers of ours, never text of a client.
 */
export function rawQuery({ kind }: Dialect, wanted: readonly Extracted[]): string {
  const contents = kind === 'sqlite' ? sqliteContents(wanted) : postgresContents(wanted);
  return `select cast((at - ?) / ? as bigint) as bucket, ${contents} as contents
    from result where assignment = ? and at >= ? and at < ? and metric_set = ? group by 1 order by 1`;
}

function sqliteContents(wanted: readonly Extracted[]): string {
  const paths = wanted.flatMap(({ place, weightPlace }) => [`'$[${place}]'`, `'$[${weightPlace}]'`]);
  const samples = wanted.filter(({ sampled }) => sampled).map(({ place }) => `, json_extract(samples, '$."${place}"')`);
  return `json_group_array(json_array(json_extract(numbers, ${paths.join(', ')})${samples.join('')}))`;
}

/** The numbers are a flat list: splitting its text is many times cheaper than parsing it as JSON for each of them. */
function postgresContents(wanted: readonly Extracted[]): string {
  const number = (place: number): string => `nullif(split_part(btrim(numbers, '[]'), ',', ${place + 1}), 'null')::double precision`;
  const numbers = wanted.flatMap(({ place, weightPlace }) => [number(place), number(weightPlace)]);
  const samples = wanted.filter(({ sampled }) => sampled).map(({ place }) => `, samples::json->'${place}'`);
  return `json_agg(json_build_array(json_build_array(${numbers.join(', ')})${samples.join('')}))::text`;
}
