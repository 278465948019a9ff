import { createVuetify } from 'vuetify';
import { aliases, mdi } from 'vuetify/iconsets/mdi-svg';
import { dark, light } from '../lib/palette.js';

const field = { variant: 'outlined', density: 'comfortable', hideDetails: 'auto', color: 'primary' } as const;

/** Vuetify with our two themes. Icons are SVG paths named where they are used, so that only those are bundled. */
export const vuetify = createVuetify({
  theme: { defaultTheme: 'system', themes: { light, dark } },
  icons: { defaultSet: 'mdi', aliases, sets: { mdi } },
  display: { mobileBreakpoint: 'md' },
  defaults: {
    global: { ripple: false },
    VBtn: { variant: 'text', rounded: 'md', height: 36 },
    VTextField: field,
    VTextarea: field,
    VSelect: { ...field, menuProps: { maxHeight: 320 } },
    VAutocomplete: field,
    VCombobox: field,
    VSwitch: { color: 'primary', hideDetails: 'auto', inset: true, density: 'comfortable' },
    VCheckbox: { color: 'primary', hideDetails: 'auto', density: 'compact' },
    VCheckboxBtn: { color: 'primary', density: 'compact' },
    VTabs: { color: 'primary', density: 'comfortable' },
    VTooltip: { location: 'top', openDelay: 250, maxWidth: 360 },
    VAlert: { variant: 'tonal', density: 'comfortable' },
  },
});
