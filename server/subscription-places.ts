import type { ExecutionResult } from 'graphql';
import type { Context } from './context.js';
import { rateLimited } from './errors.js';
import { whenEnded } from './event-stream.js';
import { isOfPeople } from './limits/connections.js';
import { identityKey } from './limits/operation-rates.js';
import type { Places } from './limits/places.js';
import type { Core } from './operations.js';

type Events = AsyncIterableIterator<ExecutionResult> | ExecutionResult;

/** One that ends may make room at any time, s. */
const AGAIN_AFTER_S = 1;

/** Starts a subscription where a person or an integration may have one more, and counts it until it ends; else RATE_LIMITED. Agents are bounded by their sockets. */
export async function withinPlaces(
  core: Core,
  places: Places,
  { identity, remoteAddress }: Context,
  start: () => Promise<Events>,
): Promise<Events> {
  if (!isOfPeople(identity)) return start();
  const giveBack = await places.take(identityKey(identity, remoteAddress), core.services.settings.get('limits.subscriptionsPerIdentity'));
  if (!giveBack) return { errors: [rateLimited(AGAIN_AFTER_S)] };
  try {
    const events = await start();
    if (Symbol.asyncIterator in events) return whenEnded(events, giveBack);
    giveBack();
    return events;
  } catch (error) {
    giveBack();
    throw error;
  }
}
