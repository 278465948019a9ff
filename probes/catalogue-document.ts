import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CATALOGUE, PROBE_CATALOGUE } from './catalogue.js';
import type { Metric } from './sdk/metric.js';

const INTRODUCTION = `# Metrics

Every number that StreamSwarm measures. This page is made from the declarations in the code (\`probes/*/metrics.ts\`): change those, then run
\`npm run build:node && node dist/probes/catalogue-document.js\`.

A metric is absent, with a reason, where it could not be measured; it is never 0 instead. Times are round trip unless the id says \`forward\` or \`reverse\`.
The kind says how a number behaves over time:

| kind | what it is | over time |
| --- | --- | --- |
| LEVEL | a measured level | smallest, mean, largest and percentiles over the results |
| QUANTILE | a statistic of a run's own samples | the same; its mean is a mean of such statistics |
| COUNT | events in a run | sums |
| RATIO | a share of two counts | the ratio of the sums: sum(value x denominator) / sum(denominator) |
| BOOL, CODE | yes or no, the name of a state | counts, no mean |
| ESTIMATE | derived under an assumption that was not checked | never an input of health, alerts or models |
| DISTRIBUTION | the samples of a run themselves, at most 64 | percentiles of packets, not of percentiles |
`;

const escape = (text: string): string => text.replaceAll('|', '\\|');

function better({ lowerIsBetter }: Metric): string {
  if (lowerIsBetter === undefined) return '';
  return lowerIsBetter ? 'lower' : 'higher';
}

function notes(metric: Metric): string {
  const ratio = metric.numerator ? `Made of \`${metric.numerator}\` and \`${metric.denominator}\`.` : '';
  const least = metric.minSamples ? `At least ${metric.minSamples} samples.` : '';
  const standard = metric.standard ? `${metric.standard}.` : '';
  return [metric.description, ratio, least, standard].filter(Boolean).join(' ');
}

function row(metric: Metric): string {
  return `| \`${metric.id}\` | ${metric.unit} | ${metric.kind} | ${better(metric)} | **${escape(metric.title)}.** ${escape(notes(metric))} |`;
}

function section({ name, title }: { readonly name: string; readonly title: string }): string {
  const rows = CATALOGUE.filter(({ probe }) => probe === name).map(row);
  return [
    `## ${title} (\`${name}\`)`,
    '',
    '| id | unit | kind | better | what it is |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** The catalogue as a page for people, in Markdown. */
export function catalogueDocument(): string {
  return [INTRODUCTION, ...PROBE_CATALOGUE.map(section)].join('\n');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(join(process.cwd(), 'docs', 'metrics.md'), catalogueDocument());
}
