import { ref } from 'vue';
import { describe, expect, it } from 'vitest';
import { useSelection } from './useSelection.js';

describe('selecting in a list', () => {
  it('is by one, or by all that is shown', () => {
    const { chosen, all, toggle, toggleAll, has } = useSelection(() => ['a', 'b', 'c']);
    toggle('c');
    toggle('a');
    expect([chosen.value, all.value, has('a'), has('b')]).toEqual([['a', 'c'], false, true, false]);
    toggleAll();
    expect([chosen.value, all.value]).toEqual([['a', 'b', 'c'], true]);
    toggleAll();
    expect(chosen.value).toEqual([]);
  });

  it('forgets what the list does not show any more, as soon as anything else is selected', () => {
    const shown = ref(['a', 'b']);
    const { chosen, toggle } = useSelection(() => shown.value);
    toggle('a');
    shown.value = ['b'];
    expect(chosen.value).toEqual([]);
    toggle('b');
    shown.value = ['a', 'b'];
    expect(chosen.value).toEqual(['b']);
  });
});
