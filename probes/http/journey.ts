import { ProbeFailure } from '../sdk/error.js';
import type { Answer } from './exchange.js';
import { headerText } from './headers.js';
import { firstMessage, redirectedMessage, redirection, type Message } from './plan.js';
import type { HttpSettings } from './settings.js';
import { limitsOf, visit, type OpenVisit, type Visit, type Visitor } from './visit.js';

/** All requests of a run: those that redirected, the last one, and those that followed it on its connection. */
export interface Journey {
  /** In order; the last one is what the figures are of. At least one. */
  readonly visits: readonly [Visit, ...Visit[]];
  /** Requests after the first on the kept connection, in order. */
  readonly repeated: readonly (Answer | ProbeFailure)[];
  /** What the visits took, each from its begin to its end, ms; undefined where the last did not end. This host's own work between them is not counted. */
  readonly totalMs?: number;
  /** Why the last redirection was not followed, where one was to be. */
  readonly stranded: ProbeFailure | undefined;
}

/** Follows redirections to their end, then repeats the last request on its connection as often as the settings say. */
export async function travel(visitor: Visitor, start: URL): Promise<Journey> {
  const { settings } = visitor;
  const visits: Visit[] = [];
  let message = firstMessage(settings);
  let url = start;
  for (;;) {
    const open = await visit(visitor, url, message, settings.warmUp && visits.length === 0);
    visits.push(open.visit);
    const { answer, failure } = open.visit;
    const next =
      answer && !failure && settings.redirects > 0 ? redirection(url, answer.status, headerText(answer.headers, 'location')) : undefined;
    if (answer && next instanceof URL && visits.length <= settings.redirects) {
      open.requester?.close();
      message = redirectedMessage(message, answer.status, url, next, settings);
      url = next;
      continue;
    }
    return finish(visitor, visits, open, message, next instanceof URL ? tooMany(visits.length, url, settings) : next);
  }
}

function tooMany(requests: number, { host }: URL, { redirects }: HttpSettings): ProbeFailure {
  return new ProbeFailure('PROTOCOL', `${host}: more than ${redirects} redirections (${requests} requests); they may go in circles`);
}

async function finish(
  visitor: Visitor,
  visits: readonly Visit[],
  { visit: last, requester }: OpenVisit,
  message: Message,
  stranded: ProbeFailure | undefined,
): Promise<Journey> {
  const repeated: (Answer | ProbeFailure)[] = [];
  try {
    let kept = !stranded && last.failure === undefined && last.answer?.kept === true;
    while (requester && kept && repeated.length + 1 < visitor.settings.requests && !visitor.signal.aborted) {
      const outcome = await requester.send(last.url, message, limitsOf(visitor));
      repeated.push(outcome);
      kept = !(outcome instanceof ProbeFailure) && outcome.kept;
    }
  } finally {
    requester?.close();
  }
  const [first = last] = visits;
  const times = visits.map(({ beginAt, answer }) => (answer?.endAt === undefined ? undefined : answer.endAt - beginAt));
  return { visits: [first, ...visits.slice(1)], repeated, totalMs: sumOfAll(times), stranded };
}

function sumOfAll(times: readonly (number | undefined)[]): number | undefined {
  return times.reduce<number | undefined>((sum, ms) => (sum === undefined || ms === undefined ? undefined : sum + ms), 0);
}
