/** One figure beside a chart's title: the latest, or that under the cross-hair. */
export interface Reading {
  readonly label: string;
  readonly text: string;
  readonly colour?: string;
  readonly strong?: boolean;
  /** How the figure came about: how many samples, which resolution. */
  readonly hint?: string;
}
