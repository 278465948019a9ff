import { ProbeFailure } from '../sdk/error.js';
import type { Decoded } from './body.js';
import type { Answer } from './exchange.js';
import { headerText } from './headers.js';
import type { HttpSettings } from './settings.js';

/** A body is searched this far: enough for a page, little enough for any pattern. */
const SEARCHED_BYTES = 2 ** 20;

/** The first thing that is not as the settings want it; undefined where all is. */
export function unmet(
  answer: Answer,
  decoded: Decoded,
  { expectStatus, expectBody, refuseBody, expectHeaders }: HttpSettings,
): ProbeFailure | undefined {
  const failed = (text: string): ProbeFailure => new ProbeFailure('ASSERTION_FAILED', text);
  if (!expectStatus.some((range) => isIn(answer.status, range)))
    return failed(`the status is ${answer.status}; ${expectStatus.join(', ')} would be right`);
  for (const [name, pattern] of Object.entries(expectHeaders)) {
    const value = headerText(answer.headers, name);
    if (value === undefined) return failed(`the header ${name} is missing; it should match /${pattern}/`);
    if (!new RegExp(pattern, 'u').test(value))
      return failed(`the header ${name} is "${value.slice(0, 200)}"; it should match /${pattern}/`);
  }
  if (expectBody === undefined && refuseBody === undefined) return undefined;
  if (decoded.problem !== undefined) return failed(`the body cannot be searched: ${decoded.problem}`);
  const text = decoded.body.subarray(0, SEARCHED_BYTES).toString('utf8');
  if (expectBody !== undefined && !new RegExp(expectBody, 'u').test(text)) return failed(`the body does not match /${expectBody}/`);
  if (refuseBody !== undefined && new RegExp(refuseBody, 'u').test(text))
    return failed(`the body matches /${refuseBody}/, which it must not`);
  return undefined;
}

function isIn(status: number, range: string): boolean {
  const [low = NaN, high = low] = range.split('-').map(Number);
  return status >= low && status <= high;
}
