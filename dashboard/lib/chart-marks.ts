import type { Chart, Plugin } from 'chart.js';
import type { LossTick } from './datasets.js';
import type { GapSpan } from './series.js';

/** The part of a chart in which data is drawn, in CSS pixels of the canvas. */
export interface PlotArea {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The name of a line, written where it ends. */
export interface EndLabel {
  readonly text: string;
  readonly colour: string;
  readonly at: number;
  readonly value: number;
}

/** What our marks need to know, beside what Chart.js knows. */
export interface Marks {
  readonly gaps: readonly GapSpan[];
  /** Absent where a chart has no loss strip. */
  readonly loss?: readonly LossTick[];
  readonly labels: readonly EndLabel[];
  readonly ink: string;
  readonly alarm: string;
  readonly onArea: (area: PlotArea) => void;
}

/** Height of the loss strip and its distance from the plot, in pixels. */
export const STRIP = { gap: 8, height: 9 } as const;
const HATCH_STEP = 7;
const LABEL_HEIGHT = 14;
const SMALL = '11px system-ui, sans-serif';

const within = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

function x(chart: Chart, time: number): number {
  return within(chart.scales.x?.getPixelForValue(time) ?? 0, chart.chartArea.left, chart.chartArea.right);
}

function hatch(context: CanvasRenderingContext2D, left: number, width: number, area: PlotArea): void {
  context.beginPath();
  context.rect(left, area.top, width, area.bottom - area.top);
  context.clip();
  context.globalAlpha = 0.06;
  context.fill();
  context.globalAlpha = 0.22;
  context.beginPath();
  const height = area.bottom - area.top;
  for (let at = left - height - (left % HATCH_STEP); at < left + width; at += HATCH_STEP) {
    context.moveTo(at, area.bottom);
    context.lineTo(at + height, area.top);
  }
  context.stroke();
}

function drawGaps(chart: Chart, { gaps, ink }: Marks): void {
  const { ctx, chartArea } = chart;
  for (const gap of gaps) {
    const left = x(chart, gap.from);
    const width = x(chart, gap.to) - left;
    if (width < 1) continue;
    ctx.save();
    ctx.fillStyle = ctx.strokeStyle = ink;
    ctx.lineWidth = 1;
    hatch(ctx, left, width, chartArea);
    ctx.restore();
  }
}

function drawLoss(chart: Chart, loss: readonly LossTick[], { ink, alarm }: Marks): void {
  const { ctx, chartArea } = chart;
  const top = chartArea.bottom + STRIP.gap;
  ctx.save();
  ctx.fillStyle = ink;
  ctx.globalAlpha = 0.07;
  ctx.fillRect(chartArea.left, top, chartArea.right - chartArea.left, STRIP.height);
  ctx.globalAlpha = 0.75;
  ctx.font = SMALL;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  ctx.fillText('loss', chartArea.left - 8, top + STRIP.height / 2 + 1);
  ctx.globalAlpha = 1;
  ctx.fillStyle = alarm;
  for (const { at, percent } of loss) {
    const pixel = chart.scales.x?.getPixelForValue(at) ?? -1;
    if (pixel < chartArea.left || pixel > chartArea.right) continue;
    // The root lets the loss of one packet in a hundred be seen beside a blackout.
    const height = Math.max(3, STRIP.height * Math.sqrt(percent / 100));
    ctx.fillRect(pixel - 1, top + STRIP.height - height, 2, height);
  }
  ctx.restore();
}

/** Heights for labels so that none covers another: moved down, each by as little as it takes, then back up from the lower edge. */
export function spreadLabels(wanted: readonly number[], top: number, bottom: number): number[] {
  const order = wanted.map((y, index) => ({ y: within(y, top, bottom), index })).sort((a, b) => a.y - b.y);
  order.forEach((label, index) => {
    const above = order[index - 1];
    if (above) label.y = Math.max(label.y, above.y + LABEL_HEIGHT);
  });
  for (let index = order.length - 1, limit = bottom; index >= 0; index--) {
    const label = order[index];
    if (!label) continue;
    label.y = Math.min(label.y, limit);
    limit = label.y - LABEL_HEIGHT;
  }
  return order.sort((a, b) => a.index - b.index).map(({ y }) => y);
}

function drawLabels(chart: Chart, { labels }: Marks): void {
  const { ctx, chartArea, scales } = chart;
  const heights = spreadLabels(labels.map(({ value }) => scales.y?.getPixelForValue(value) ?? 0), chartArea.top, chartArea.bottom); // prettier-ignore
  ctx.save();
  ctx.font = SMALL;
  ctx.textBaseline = 'middle';
  labels.forEach(({ text, colour }, index) => {
    ctx.fillStyle = colour;
    ctx.fillText(text, chartArea.right + 8, heights[index] ?? 0);
  });
  ctx.restore();
}

/** Our marks around a chart's data. `read` is asked at each drawing, so that what it returns may change without a new plugin. */
export function marksPlugin(read: () => Marks): Plugin {
  return {
    id: 'marks',
    afterLayout: ({ chartArea: { left, right, top, bottom } }) => read().onArea({ left, right, top, bottom }),
    beforeDatasetsDraw: (chart) => drawGaps(chart, read()),
    afterDatasetsDraw: (chart) => {
      const marks = read();
      if (marks.loss) drawLoss(chart, marks.loss, marks);
      drawLabels(chart, marks);
    },
  };
}
