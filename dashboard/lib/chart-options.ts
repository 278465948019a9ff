import type { ChartOptions, Scale } from 'chart.js';
import { STRIP } from './chart-marks.js';
import { axisScale } from './format.js';
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
    const text = (Number(value) / scale.factor).toLocaleString('en-US', { maximumSignificantDigits: 3 });
    return index === ticks.length - 1 && scale.unit !== '' ? `${text} ${scale.unit}` : text;
  };
}

/** Room that a figure of the time axis takes, in pixels. */
const TICK_ROOM = 84;
const TICK_HEIGHT = 20;
/** A figure nearer to the edge than this is left out: half of it would stand outside. */
const HALF_LABEL = 26;
/** Air above and below the data, as a share of its span. */
const AIR = 0.12;

/** Gives the data air without inventing what cannot be: nothing below 0 where nothing was, and no share above 100 %. */
function addAir(scale: Scale, unit: string): void {
  const air = (scale.max - scale.min) * AIR;
  scale.min = scale.min >= 0 ? Math.max(0, scale.min - air) : scale.min - air;
  scale.max = unit === '%' ? Math.max(scale.max, Math.min(100, scale.max + air)) : scale.max + air;
}

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
          const edge = ((to - from) / scale.chart.width) * HALF_LABEL;
          scale.ticks = axis(scale)
            .ticks.filter((at) => at >= from + edge && at <= to - edge)
            .map((value) => ({ value }));
        },
        afterFit: (scale) => {
          scale.height = padding + TICK_HEIGHT;
        },
        ticks: {
          color: look.ink,
          font,
          maxRotation: 0,
          autoSkip: false,
          padding,
          callback(value) {
            return axis(this).format(Number(value));
          },
        },
      },
      y: {
        beginAtZero: look.zeroBased || look.stacked,
        afterDataLimits: (scale) => addAir(scale, look.unit),
        stacked: look.stacked,
        afterFit: fixedWidth,
        border: { display: false },
        grid: { color: look.grid, lineWidth: 1, drawTicks: false },
        ticks: { color: look.ink, font, maxTicksLimit: 5, padding: 8, callback: tickWriter(look.unit) },
      },
    },
  };
}
