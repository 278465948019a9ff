/** What a result or a run can be, in the order of the numbers that stand for them at rest. */
export const RESULT_STATUS: readonly string[] = ['OK', 'PARTIAL', 'FAILED', 'SKIPPED'];

/** The word for a stored number. @throws RangeError when it is not one of ours */
export function statusName(stored: number): string {
  const name = RESULT_STATUS[stored];
  if (name === undefined) throw new RangeError(`unknown status ${stored} in the database`);
  return name;
}
