import { describe, expect, it } from 'vitest';
import { assignSlots, COLOUR_COUNT, seriesColour, translucent } from './okabe-ito.js';

const PAPER = { light: '#FFFFFF', dark: '#171B22' };

function luminance(hex: string): number {
  const channel = (shift: number): number => {
    const part = ((Number.parseInt(hex.slice(1), 16) >> shift) & 255) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0);
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

describe('the colours of agents', () => {
  it('stay with their agents when others come and go', () => {
    const first = assignSlots({}, ['a', 'b']);
    const later = assignSlots(first, ['c', 'b']);
    expect(later).toEqual({ a: 0, b: 1, c: 2 });
  });

  it('do not depend on the order in which a page names the agents', () => {
    expect(assignSlots({}, ['b', 'a', 'c'])).toEqual(assignSlots({}, ['c', 'a', 'b']));
  });

  it('keep a contrast of 3:1 with the paper in both themes', () => {
    for (let slot = 0; slot < COLOUR_COUNT; slot++) {
      expect(contrast(seriesColour(slot, false), PAPER.light), `light ${slot}`).toBeGreaterThanOrEqual(3);
      expect(contrast(seriesColour(slot, true), PAPER.dark), `dark ${slot}`).toBeGreaterThanOrEqual(3);
    }
  });

  it('begin again when all are taken', () => {
    expect(seriesColour(COLOUR_COUNT, false)).toBe(seriesColour(0, false));
  });

  it('become translucent for bands', () => {
    expect(translucent('#0072B2', 0.2)).toBe('rgba(0, 114, 178, 0.2)');
  });
});
