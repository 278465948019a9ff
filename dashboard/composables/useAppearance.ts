import { ref, watch, type Ref } from 'vue';
import { useTheme } from 'vuetify';

export type ThemeChoice = 'system' | 'light' | 'dark';
export type Density = 'comfortable' | 'compact';

const KEY = 'streamswarm.appearance';

interface Choice {
  theme: ThemeChoice;
  density: Density;
}

function stored(): Choice {
  const choice: Choice = { theme: 'system', density: 'comfortable' };
  const text = localStorage.getItem(KEY) ?? '';
  if (text.includes('"light"')) choice.theme = 'light';
  if (text.includes('"dark"')) choice.theme = 'dark';
  if (text.includes('"compact"')) choice.density = 'compact';
  return choice;
}

const initial = stored();
const theme = ref(initial.theme);
const density = ref(initial.density);

/** How the dashboard looks in this browser: it is remembered here and nowhere else. */
export function useAppearance(): { theme: Ref<ThemeChoice>; density: Ref<Density> } {
  return { theme, density };
}

/** Applies the choices to the page; called once, by the app. */
export function applyAppearance(): void {
  const vuetify = useTheme();
  watch(
    [theme, density],
    () => {
      void vuetify.change(theme.value);
      document.documentElement.dataset.density = density.value;
      localStorage.setItem(KEY, JSON.stringify({ theme: theme.value, density: density.value }));
    },
    { immediate: true },
  );
}
