/** For `@ValidateIf`: null and left out mean the same for an optional field, and neither needs to be checked. */
export function isGiven(_input: unknown, value: unknown): boolean {
  return value !== undefined && value !== null;
}
