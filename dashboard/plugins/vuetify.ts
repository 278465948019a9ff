import { createVuetify } from 'vuetify';
import { aliases, mdi } from 'vuetify/iconsets/mdi-svg';

const light = {
  dark: false,
  colors: {
    background: '#F4F5F7',
    surface: '#FFFFFF',
    'surface-light': '#ECEEF1',
    'surface-variant': '#2A313C',
    'on-surface-variant': '#F4F5F7',
    'on-background': '#14181F',
    'on-surface': '#14181F',
    muted: '#5B6472',
    primary: '#4F46C8',
    excellent: '#0F766E',
    good: '#1D4ED8',
    fair: '#B45309',
    poor: '#C2410C',
    critical: '#BE123C',
    unknown: '#5B6472',
    error: '#BE123C',
    warning: '#B45309',
    success: '#0F766E',
    info: '#1D4ED8',
  },
  variables: { 'border-color': '#14181F', 'border-opacity': 0.13, 'high-emphasis-opacity': 1, 'medium-emphasis-opacity': 0.72 },
};

const dark = {
  dark: true,
  colors: {
    background: '#0F1217',
    surface: '#171B22',
    'surface-light': '#20262F',
    'surface-variant': '#D5DAE2',
    'on-surface-variant': '#0F1217',
    'on-background': '#E6E9EE',
    'on-surface': '#E6E9EE',
    muted: '#9AA4B2',
    primary: '#A5A0FF',
    'on-primary': '#0F1217',
    'on-error': '#0F1217',
    'on-warning': '#0F1217',
    'on-success': '#0F1217',
    'on-info': '#0F1217',
    excellent: '#2DD4BF',
    good: '#60A5FA',
    fair: '#FBBF24',
    poor: '#FB923C',
    critical: '#FB7185',
    unknown: '#9AA4B2',
    error: '#FB7185',
    warning: '#FBBF24',
    success: '#2DD4BF',
    info: '#60A5FA',
  },
  variables: { 'border-color': '#E6E9EE', 'border-opacity': 0.14, 'high-emphasis-opacity': 1, 'medium-emphasis-opacity': 0.74 },
};

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
    VTabs: { color: 'primary', density: 'comfortable' },
    VTooltip: { location: 'top', openDelay: 250, maxWidth: 360 },
    VAlert: { variant: 'tonal', density: 'comfortable' },
  },
});
