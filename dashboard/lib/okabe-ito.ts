/**
 * The Okabe-Ito colours, which colour-blind eyes can tell apart. The four that keep 3:1 against both themes' paper come first, in their own order;
 * the pale ones are darkened on white paper, and yellow, which can't be, is the ink instead.
 */
const ON_LIGHT = ['#0072B2', '#D55E00', '#008F68', '#B5608F', '#A87400', '#2E8BC0', '#14181F'] as const;
const ON_DARK = ['#4BA3DB', '#E8772E', '#1FB98A', '#D693B8', '#E69F00', '#7CC8F2', '#F0E442'] as const;

/** How many series get a colour of their own before colours repeat. */
export const COLOUR_COUNT = ON_LIGHT.length;

/** The colour of a slot, made for a theme's paper. Slots beyond {@link COLOUR_COUNT} begin again. */
export function seriesColour(slot: number, dark: boolean): string {
  const colours = dark ? ON_DARK : ON_LIGHT;
  return colours[slot % COLOUR_COUNT] ?? colours[0];
}

/**
 * Gives each id a slot and never takes one back: who has a slot keeps it, newcomers take the lowest that is free, in the order of their ids
 * (UUIDv7: the order in which they came).
 */
export function assignSlots(known: Readonly<Record<string, number>>, ids: readonly string[]): Record<string, number> {
  const slots: Record<string, number> = { ...known };
  const taken = new Set(Object.values(slots));
  for (const id of [...ids].sort()) {
    if (slots[id] !== undefined) continue;
    let free = 0;
    while (taken.has(free)) free++;
    slots[id] = free;
    taken.add(free);
  }
  return slots;
}

/** A colour as `rgba()`, for bands that let the grid through. `hex` as in "#0072B2". */
export function translucent(hex: string, alpha: number): string {
  const value = Number.parseInt(hex.slice(1), 16);
  return `rgba(${value >> 16}, ${(value >> 8) & 255}, ${value & 255}, ${alpha})`;
}
