import type { ChartOptions, Scale } from 'chart.js';
import { STRIP } from './chart-marks.js';
import { axisScale, formatNumber } from './format.js';
import type { Window } from './range.js';
import { timeAxis, type TimeAxis } from './time-axis.js';

export interface TimeChartLook {
  readonly window: Window;
  readonly unit: string;
  readonly zeroBased: boolean;
  readonly stacked: boolean;
  readonly lossStrip: boolean;
  readonly labelRoom: number;
  readonly ink: string;
  readonly grid: string;
}

/** All charts of a page have the same room for figures, so that one moment stands at the same place in all. */
const AXIS_WIDTH = 58;

/** Writes an axis: every figure in the same unit, which stands once, at the top. */
function tickWriter(unit: string): (value: string | number, index: number, ticks: { value: number }[]) => string {
  return (value, index, ticks) => {
    const largest = Math.max(...ticks.map((tick) => Math.abs(tick.value)));
    const scale = axisScale(largest, unit);
    const text = formatNumber(Number(value) / scale.factor);
    return index === ticks.length - 1 && scale.unit !== '' ? `${text} ${scale.unit}` : text;
  };
}

/** Room that a figure of the time axis takes, in pixels. */
const TICK_ROOM = 84;
const TICK_HEIGHT = 20;

const fixedWidth = (scale: Scale): void => {
  scale.width = AXIS_WIDTH;
};

/** The options of a chart over time: quiet axes, no animation, no decoration that is not data. */
export function timeChartOptions(look: TimeChartLook): ChartOptions<'line' | 'bar'> {
  const font = { size: 11 };
  const padding = look.lossStrip ? STRIP.gap + STRIP.height + 4 : 6;
  const { from, to } = look.window;
  const axis = ({ chart }: Scale): TimeAxis => timeAxis(from, to, Math.max(chart.width / TICK_ROOM, 2));
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: false,
    parsing: false,
    normalized: true,
    events: [],
    layout: { padding: { right: look.labelRoom, top: 4 } },
    elements: { line: { tension: 0, borderJoinStyle: 'round' } },
    scales: {
      x: {
        type: 'time',
        min: look.window.from,
        max: look.window.to,
        stacked: look.stacked,
        offset: false,
        border: { display: false },
        grid: { display: false, drawTicks: false },
        afterBuildTicks: (scale) => {
          scale.ticks = axis(scale).ticks.map((value) => ({ value }));
        },
        afterFit: (scale) => {
          scale.height = padding + TICK_HEIGHT;
        },
        ticks: {
          color: look.ink,
          font,
          maxRotation: 0,
          autoSkip: false,
          align: 'inner',
          padding,
          callback(value) {
            return axis(this).format(Number(value));
          },
        },
      },
      y: {
        beginAtZero: look.zeroBased || look.stacked,
        // A share ends at 100 %: room above it would promise more.
        grace: look.unit === '%' ? 0 : look.zeroBased || look.stacked ? '6%' : '14%',
        stacked: look.stacked,
        afterFit: fixedWidth,
        border: { display: false },
        grid: { color: look.grid, lineWidth: 1, drawTicks: false },
        ticks: { color: look.ink, font, maxTicksLimit: 5, padding: 8, callback: tickWriter(look.unit) },
      },
    },
  };
}
