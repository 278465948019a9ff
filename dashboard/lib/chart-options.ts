import type { ChartOptions, Scale } from 'chart.js';
import { STRIP } from './chart-marks.js';
import { axisScale, formatNumber } from './format.js';
import type { Window } from './range.js';

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

const FORMATS = {
  millisecond: 'HH:mm:ss',
  second: 'HH:mm:ss',
  minute: 'HH:mm',
  hour: 'HH:mm',
  day: 'd MMM',
  week: 'd MMM',
  month: 'MMM yyyy',
} as const;

/** Writes an axis: every figure in the same unit, which stands once, at the top. */
function tickWriter(unit: string): (value: string | number, index: number, ticks: { value: number }[]) => string {
  return (value, index, ticks) => {
    const largest = Math.max(...ticks.map((tick) => Math.abs(tick.value)));
    const scale = axisScale(largest, unit);
    const text = formatNumber(Number(value) / scale.factor);
    return index === ticks.length - 1 && scale.unit !== '' ? `${text} ${scale.unit}` : text;
  };
}

const MINUTE_MS = 60_000;

/** Figures on the time axis stand at whole minutes, hours or days, so that they don't flicker as a live chart moves on. */
function smallestUnit({ from, to }: Window): 'second' | 'minute' | 'hour' | 'day' {
  const minutes = (to - from) / MINUTE_MS;
  if (minutes < 4) return 'second';
  if (minutes < 12 * 60) return 'minute';
  return minutes < 72 * 60 ? 'hour' : 'day';
}

const fixedWidth = (scale: Scale): void => {
  scale.width = AXIS_WIDTH;
};

/** The options of a chart over time: quiet axes, no animation, no decoration that is not data. */
export function timeChartOptions(look: TimeChartLook): ChartOptions<'line' | 'bar'> {
  const font = { size: 11 };
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
        time: { displayFormats: FORMATS, minUnit: smallestUnit(look.window) },
        border: { display: false },
        grid: { display: false },
        ticks: { color: look.ink, font, maxRotation: 0, autoSkipPadding: 28, padding: look.lossStrip ? STRIP.gap + STRIP.height : 2 },
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
