import type { Window } from './range.js';

/** What of a test is to be exported; `pair` as in the URL of the page (`agent>target`), `metrics` for series. */
export interface ExportScope {
  readonly testId: string;
  readonly window: Window;
  readonly pair: string | null;
  readonly metrics: readonly string[];
}

/** A file that the server makes. */
export interface ExportLink {
  readonly title: string;
  readonly hint: string;
  readonly href: string;
}

type Parameters = Readonly<Record<string, string | null>>;

function address(path: string, parameters: Parameters): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== null);
  return `${path}?${new URLSearchParams(given)}`;
}

/** The files that can be had of a test: its results, and what its charts draw where there are any. See docs/export.md. */
export function exportLinks({ testId, window, pair, metrics }: ExportScope): ExportLink[] {
  const [agent = null, target = null] = pair?.split('>') ?? [];
  const [from, to] = [window.from, window.to].map((at) => new Date(at).toISOString()) as [string, string];
  const results = (format: string): string => address('/export/results', { test: testId, agent, target, from, to, format });
  const series = (format: string): string =>
    address('/export/series', { testId, metrics: metrics.join(','), agentIds: agent, targetIds: target, from, to, format });
  const links = [
    { title: 'Results, CSV', hint: 'A line a result, for spreadsheets', href: results('csv') },
    { title: 'Results, NDJSON', hint: 'A JSON object a line, for programs', href: results('json') },
  ];
  if (metrics.length === 0) return links;
  return [
    ...links,
    { title: 'Charts, CSV', hint: 'What these charts draw: a line a point', href: series('csv') },
    { title: 'Charts, JSON', hint: 'What these charts draw: a list of series', href: series('json') },
  ];
}
