/** A number as it is shown: its figures and, apart, its unit, which stands smaller beside it. */
export interface Shown {
  readonly text: string;
  readonly unit: string;
}

type Step = readonly [limit: number, factor: number, unit: string];

/** From which size on a unit is exchanged for a larger one: `[from, divide by, unit]`, largest first. */
const SCALES: Readonly<Record<string, readonly Step[]>> = {
  ms: [
    [60_000, 60_000, 'min'],
    [1000, 1000, 's'],
  ],
  s: [
    [172_800, 86_400, 'd'],
    [7200, 3600, 'h'],
    [120, 60, 'min'],
  ],
  B: [
    [1e12, 1e12, 'TB'],
    [1e9, 1e9, 'GB'],
    [1e6, 1e6, 'MB'],
    [1e3, 1e3, 'kB'],
  ],
  'B/s': [
    [1e9, 1e9, 'GB/s'],
    [1e6, 1e6, 'MB/s'],
    [1e3, 1e3, 'kB/s'],
  ],
  'Mbit/s': [[1000, 1000, 'Gbit/s']],
  Hz: [
    [1e9, 1e9, 'GHz'],
    [1e6, 1e6, 'MHz'],
  ],
  '1': [
    [1e9, 1e9, 'G'],
    [1e6, 1e6, 'M'],
    [1e5, 1e3, 'k'],
  ],
};

/** UCUM codes that people write differently. */
const WRITTEN: Readonly<Record<string, string>> = { '1': '', Cel: '°C', bool: '' };

/**
 * A number with `digits` significant figures, never in powers of ten: 0.1843 is "0.184", 12.42 "12.4", 1234.5 "1,235".
 * Figures before the point are never rounded away.
 */
export function formatNumber(value: number, digits = 3): string {
  if (value === 0) return '0';
  const whole = Math.floor(Math.log10(Math.abs(value))) + 1;
  const decimals = Math.min(Math.max(digits - whole, 0), 9);
  return Number.isInteger(value) && whole > digits
    ? value.toLocaleString('en-US')
    : value.toLocaleString('en-US', { minimumFractionDigits: Number.isInteger(value) ? 0 : decimals, maximumFractionDigits: decimals });
}

/** A metric's value with its unit (UCUM, as in the catalogue) brought to a size that is easy to read: 1250 ms is "1.25 s". */
export function formatMeasure(value: number, unit: string, digits = 3): Shown {
  if (unit === 'bool') return { text: value === 0 ? 'no' : 'yes', unit: '' };
  for (const [limit, factor, larger] of SCALES[unit] ?? []) {
    if (Math.abs(value) >= limit) return { text: formatNumber(value / factor, digits), unit: larger };
  }
  return { text: formatNumber(value, digits), unit: WRITTEN[unit] ?? unit };
}

/** The unit in which an axis up to `largest` is easy to read, and what to divide its values by. */
export function axisScale(largest: number, unit: string): { readonly factor: number; readonly unit: string } {
  const [, factor = 1, larger = WRITTEN[unit] ?? unit] = (SCALES[unit] ?? []).find(([limit]) => largest >= limit) ?? [];
  return { factor, unit: larger };
}

/** {@link formatMeasure} in one string, with a space that does not break. */
export function measureText(value: number, unit: string, digits = 3): string {
  const shown = formatMeasure(value, unit, digits);
  return shown.unit === '' ? shown.text : `${shown.text}\u00a0${shown.unit}`;
}

/** A count for a headline: 9213 is "9.2 k". */
export function formatCount(value: number): string {
  if (Math.abs(value) < 1000) return String(value);
  const [factor, unit] = Math.abs(value) >= 1e6 ? [1e6, 'M'] : [1e3, 'k'];
  return `${formatNumber(value / factor, 2)}\u00a0${unit}`;
}

/** An interval in words as short as they can be: 0.5 is "0.5 s", 90 "1.5 min", 86400 "24 h". */
export function durationText(seconds: number): string {
  return measureText(seconds, 's');
}
