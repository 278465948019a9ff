import { readonly, ref, shallowReadonly, type Ref } from 'vue';

/** `idle`: nothing is subscribed to yet. `lost`: it broke and is being tried again. */
export type ConnectionState = 'idle' | 'connecting' | 'live' | 'lost';

const state = ref<ConnectionState>('idle');
const lostAt = ref<number | null>(null);
const opened = ref(0);

/** The socket begins to connect: after a loss this does not hide that it was lost. */
export function connectionStarted(): void {
  if (state.value !== 'lost') state.value = 'connecting';
}

/** The socket is open: whoever follows {@link useConnection}'s `opened` asks again for what it may have missed. */
export function connectionOpened(): void {
  state.value = 'live';
  lostAt.value = null;
  opened.value++;
}

/** The socket is gone; `wanted` when it was closed because nothing needs it any more. */
export function connectionClosed(wanted: boolean): void {
  state.value = wanted ? 'idle' : 'lost';
  lostAt.value = wanted ? null : (lostAt.value ?? Date.now());
}

/** The state of the one live connection, since when it is lost (milliseconds), and how often it has been opened. */
export function useConnection(): {
  state: Readonly<Ref<ConnectionState>>;
  lostAt: Readonly<Ref<number | null>>;
  opened: Readonly<Ref<number>>;
} {
  return { state: readonly(state), lostAt: shallowReadonly(lostAt), opened: readonly(opened) };
}
