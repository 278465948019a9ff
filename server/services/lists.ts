/** So many ids stand in one statement. */
const IDS_A_STATEMENT = 500;

/** Slices of a list, so that a statement has no more bindings than databases take. */
export function slices<T>(list: readonly T[], size = IDS_A_STATEMENT): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));
}

/** `?, ?, ?` for a list. */
export function marks(list: readonly unknown[]): string {
  return list.map(() => '?').join(', ');
}

/** The elements of each key, in their order; the keys in the order of their first ones. */
export function groupedBy<T, K>(list: readonly T[], keyOf: (element: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const element of list) {
    const key = keyOf(element);
    const group = groups.get(key);
    if (group) group.push(element);
    else groups.set(key, [element]);
  }
  return groups;
}
