import { defineProbe } from '../sdk/probe.js';
import { metrics } from './metrics.js';
import { measure } from './run.js';
import { settings } from './settings.js';
import { supported } from './supported.js';

/** Sizes that a search tries one after another at worst: halving 65535 bytes, its corrections, what is tried first. */
const MOST_STEPS = 24;
/** A packet of a paced search waits so long for its turn, ms. */
const SLOWEST_STEP_MS = 1_100;
/** Name resolution and the way through the worker are allowed this long beside the search, ms. */
const BESIDE_MS = 6_000;

/** The largest packet that a path carries. */
export default defineProbe({
  name: 'mtu',
  title: 'Path MTU',
  description:
    'Largest packet that reaches the target whole, who says so, and whether larger ones vanish in silence; the largest that a reflector there can send back; the segment size that TCP is offered.',
  version: '1.1.0',
  metrics,
  settings,
  deadlineMs: ({ attempts, timeoutMs, mss, reflectorPort }) => {
    const reverse = reflectorPort === undefined ? 0 : MOST_STEPS * attempts * timeoutMs;
    return MOST_STEPS * attempts * Math.max(timeoutMs, SLOWEST_STEP_MS) + reverse + (mss ? timeoutMs : 0) + BESIDE_MS;
  },
  supported,
  run: measure,
});
