import { ProbeFailure } from '../sdk/error.js';
import type { Decoded } from './body.js';
import type { Answer } from './exchange.js';
import { headerText } from './headers.js';
import { isMatch, SEARCH_MS } from './search.js';
import type { HttpSettings } from './settings.js';

/** A body is searched this far: enough for a page. */
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
    const found = isMatch(pattern, value);
    if (found === undefined) return failed(tooSlow(pattern, `the header ${name}`));
    if (!found) return failed(`the header ${name} is "${value.slice(0, 200)}"; it should match /${pattern}/`);
  }
  if (expectBody === undefined && refuseBody === undefined) return undefined;
  if (decoded.problem !== undefined) return failed(`the body cannot be searched: ${decoded.problem}`);
  const text = decoded.body.subarray(0, SEARCHED_BYTES).toString('utf8');
  const problem = bodyProblem(text, expectBody, true) ?? bodyProblem(text, refuseBody, false);
  return problem === undefined ? undefined : failed(problem);
}

/** What is wrong with a body that should match a pattern, or should not; undefined where nothing is, or there is none. */
function bodyProblem(text: string, pattern: string | undefined, isWanted: boolean): string | undefined {
  if (pattern === undefined) return undefined;
  const found = isMatch(pattern, text);
  if (found === undefined) return tooSlow(pattern, 'the body');
  if (found === isWanted) return undefined;
  return isWanted ? `the body does not match /${pattern}/` : `the body matches /${pattern}/, which it must not`;
}

function tooSlow(pattern: string, where: string): string {
  return `/${pattern}/ was given up after ${SEARCH_MS} ms in ${where}: it tries too many ways to match; repetitions within repetitions are the usual reason`;
}

function isIn(status: number, range: string): boolean {
  const [low = NaN, high = low] = range.split('-').map(Number);
  return status >= low && status <= high;
}
