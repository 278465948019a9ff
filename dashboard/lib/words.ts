/** How many there are of something: "1 test", "2,000 tests". */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** Names in a sentence; of more than `most` the first, and how many others there are. */
export function namesText(names: readonly string[], most = 8): string {
  const shown = names.length > most ? names.slice(0, most - 1) : names;
  const others = names.length - shown.length;
  return others > 0 ? `${shown.join(', ')} and ${counted(others, 'other')}` : shown.join(', ');
}
