import { computed, type ComputedRef } from 'vue';
import { useTheme } from 'vuetify';
import { translucent } from '../lib/okabe-ito.js';

/** The colours that a canvas needs, which CSS cannot give it, in the theme that is on. */
export interface Ink {
  readonly text: string;
  readonly grid: string;
  readonly alarm: string;
  /** Parts of a whole, such as of a handshake: three that differ in lightness too. */
  readonly parts: readonly [string, string, string];
}

/** The ink of the current theme. */
export function useInk(): ComputedRef<Ink> {
  const theme = useTheme();
  return computed(() => {
    const { dark, colors } = theme.current.value;
    return {
      text: String(colors.muted),
      grid: translucent(String(colors['on-surface']), dark ? 0.09 : 0.08),
      alarm: String(colors.critical),
      parts: dark ? ['#8A93A3', '#4BA3DB', '#D693B8'] : ['#98A1AE', '#0072B2', '#B5608F'],
    };
  });
}
