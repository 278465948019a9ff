import { computed, shallowRef, type ComputedRef } from 'vue';
import { useTheme } from 'vuetify';
import { assignSlots, seriesColour } from '../lib/okabe-ito.js';

const KEY = 'streamswarm.agent-colours';

function stored(): Record<string, number> {
  const text = localStorage.getItem(KEY);
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).filter((entry): entry is [string, number] => Number.isInteger(entry[1])))
      : {};
  } catch (error) {
    console.warn('the stored colours of agents are unreadable and were dropped', error);
    return {};
  }
}

const slots = shallowRef(stored());

/** Sees to it that these agents have colours; they keep them on every page, and in this browser for good. */
export function knowAgents(ids: readonly string[]): void {
  const unknown = ids.filter((id) => slots.value[id] === undefined);
  if (unknown.length === 0) return;
  slots.value = assignSlots(slots.value, unknown);
  localStorage.setItem(KEY, JSON.stringify(slots.value));
}

/** The colour of each agent in the theme that is on. */
export function useAgentColours(): ComputedRef<(agentId: string) => string> {
  const theme = useTheme();
  return computed(() => {
    const dark = theme.current.value.dark;
    const known = slots.value;
    return (agentId) => seriesColour(known[agentId] ?? 0, dark);
  });
}
