import { describe, expect, it } from 'vitest';
import { dark, light } from './palette.js';

/** Relative luminance of `#RRGGBB` by WCAG 2.2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast of two colours by WCAG 2.2: 1 to 21. */
function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** Coloured words stand on both grounds; what the dark theme gives no ink for gets white. */
const WORDS = [
  'muted',
  'primary',
  'excellent',
  'good',
  'fair',
  'poor',
  'critical',
  'unknown',
  'error',
  'warning',
  'success',
  'info',
] as const;
const FILLED = ['primary', 'error', 'warning', 'success', 'info'] as const;

describe.each([
  ['light', light.colors],
  ['dark', dark.colors],
])('the colours of the %s theme', (_name, colors: Readonly<Record<string, string>>) => {
  const colour = (name: string): string => colors[name] ?? '#FFFFFF';

  it('let ink and coloured words be read on both grounds', () => {
    for (const ground of ['background', 'surface'])
      for (const word of [`on-${ground}`, ...WORDS])
        expect(contrast(colour(word), colour(ground)), `${word} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  });

  it('let the words on filled buttons and notes be read', () => {
    for (const fill of FILLED) expect(contrast(colour(`on-${fill}`), colour(fill)), `on-${fill}`).toBeGreaterThanOrEqual(4.5);
  });
});
