const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Distances between figures on a time axis that people count in, ascending, in milliseconds. */
const STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 28].map((days) => days * DAY),
];

/** How a time axis is written. */
export interface TimeAxis {
  readonly ticks: readonly number[];
  readonly format: (time: number) => string;
}

const seconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const minutes = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const days = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/**
 * At most `most` figures between two times, at round times of the reader's clock, so that they stand still while a live chart moves on.
 * `offset` is what local time is ahead of UTC, in milliseconds.
 */
export function timeAxis(from: number, to: number, most: number, offset = -new Date(from).getTimezoneOffset() * MINUTE): TimeAxis {
  const step = STEPS.find((each) => (to - from) / each <= most) ?? 28 * DAY;
  const ticks: number[] = [];
  for (let at = Math.ceil((from + offset) / step) * step - offset; at <= to; at += step) ticks.push(at);
  const written = step < MINUTE ? seconds : step < DAY ? minutes : days;
  return { ticks, format: (time) => written.format(time) };
}
