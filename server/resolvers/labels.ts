import { ValidateBy } from 'class-validator';

const KEY = /^[A-Za-z0-9][A-Za-z0-9_./-]{0,62}$/;
const MOST = 50;
const LONGEST = 200;

function isLabels(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= MOST && entries.every(([key, text]) => KEY.test(key) && typeof text === 'string' && text.length <= LONGEST);
}

/** Checks that a JSON value is an object of short texts. */
export function IsLabels(): PropertyDecorator {
  const message = `labels must be an object of at most ${MOST} texts of ${LONGEST} characters, whose keys are letters, digits and _ . / -`;
  return ValidateBy({ name: 'isLabels', validator: { validate: isLabels, defaultMessage: () => message } });
}
