/** What JSON would change in a value, as sentences that name the place; a member that is undefined falls away, which is no harm. */
export function jsonProblems(value: unknown, place = 'the run'): string[] {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || value === undefined) return [];
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${place} is ${value}, which JSON does not know`];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) =>
      item === undefined ? [`${place}[${index}] is undefined`] : jsonProblems(item, `${place}[${index}]`),
    );
  }
  if (typeof value !== 'object') return [`${place} is a ${typeof value}, which JSON does not know`];
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return [`${place} is a ${value.constructor.name}: give plain data`];
  return Object.entries(value).flatMap(([key, member]) => jsonProblems(member, `${place}.${key}`));
}
