import { z } from 'zod';
import type { ProbeFailure } from './error.js';
import { listMetrics, type Metric, type MetricTable } from './metric.js';
import type { Target } from './target.js';

/** Data that survives JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** What the agent knows of the cycle that a run belongs to, and what its probes tell each other through it. */
export interface Cycle {
  /** How late the cycle started, ms; undefined outside a schedule (the command line). */
  readonly scheduleLagMs?: number;
  /** Offset of the agent's clock to the server's with its error bound, ms; undefined before the first heartbeat or without a server. */
  readonly clock?: { readonly offsetMs: number; readonly errorMs: number };
  /** Steps of the wall clock against the monotonic one since the previous cycle; undefined where nobody watches. */
  readonly clockSteps?: number;
  /** Kernel send stamp less planned time of each packet of the cycle, ms: the packet probes push, `system` reads. */
  readonly sendSlipsMs: number[];
  /** Datagrams that the agent's own sockets dropped in this cycle: the packet probes add, `system` reads. Loss inside the agent is never the network's. */
  receiveDrops: number;
}

/** What a run gets beside its settings. */
export interface ProbeContext {
  readonly target: Target;
  /** Aborts at the deadline, or when nobody wants the result any more. */
  readonly signal: AbortSignal;
  /** `performance.now()` in ms at which the run must have ended. */
  readonly deadline: number;
  /** Stable for a (test, agent, target) across restarts: source ports and other parts of the flow's identity come from it. */
  readonly seed: string;
  readonly cycle: Cycle;
  /** What this probe's previous run for the same (test, target) left in `memory`: counters to make rates from, the last path. undefined at first. */
  readonly memory?: Json;
}

/** What a run measured. Every declared metric stands either in `metrics` or, with its reason, in `absent`. */
export interface Measurement<Id extends string = string> {
  /** How it was measured on this host: "icmp socket, kernel send and receive stamps". */
  readonly method: string;
  readonly metrics: Partial<Record<Id, number>>;
  /** Half-width of the error of a value, in the metric's unit, where it is known. */
  readonly errorBounds?: Partial<Record<Id, number>>;
  /** The samples of DISTRIBUTION metrics, any number of them: the SDK thins them. */
  readonly distributions?: Partial<Record<Id, readonly number[]>>;
  readonly absent?: Partial<Record<Id, string>>;
  /** What identifies the packets: of a probe that sends any a `FlowIdentity`. */
  readonly flow?: Json;
  /** What is not one number; its shape is documented with the probe. */
  readonly details?: Json;
  /** Why the target failed; the metrics measured so far stay. */
  readonly failure?: ProbeFailure;
  /** Handed to the next run as `context.memory`. */
  readonly memory?: Json;
}

/** One thing that this host cannot measure, or not as well as it could, and how to allow it. */
export interface Limitation {
  readonly what: string;
  readonly reason: string;
  readonly remedy: string;
}

/** Whether and how this host can measure. */
export type Support =
  | { readonly available: true; readonly method: string; readonly limitations?: readonly Limitation[] }
  | { readonly available: false; readonly reason: string; readonly remedy?: string };

/**
 * A probe whose times come from the kernel's stamps, or that takes none, and that sends little: what else the agent does meanwhile is in no figure of it, so its
 * cycles may start together with those of other tests. Where it is left out they are spread.
 */
export interface StartSharing {
  /** Settings that change this where they are not left at their defaults: with them it loads the path. */
  readonly unless: readonly string[];
}

/** What the author of a probe writes. */
export interface ProbeDefinition<M extends MetricTable, S extends z.ZodObject> {
  /** Lower case, also the prefix of `<name>.ok`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly version: string;
  readonly metrics: M;
  /** A strict zod object; every setting has a description, and a default where one makes sense. */
  readonly settings: S;
  /** Runs alone, since it loads the path or the host. */
  readonly heavy?: boolean;
  /** Runs after the other probes of the cycle, since it reports on them. */
  readonly last?: boolean;
  readonly sharesStart?: StartSharing;
  /** Longest time that a run with these settings may take, ms. */
  deadlineMs(settings: z.output<S>): number;
  supported(): Support | Promise<Support>;
  /**
   * Loads what a first run would load and goes through the code that it would run, so that it takes no longer than later ones; asks nobody but this host. Called in
   * each worker before its first run, where this host can measure. What it rejects with is of no interest: the first run will tell.
   */
  rehearse?(): Promise<void>;
  run(settings: z.output<S>, context: ProbeContext): Promise<Measurement<keyof M & string>>;
}

/** A probe as agents, the command line and the conformance suite see it: its types are checked inside, erased outside. */
export interface Probe {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly version: string;
  readonly heavy: boolean;
  readonly last: boolean;
  readonly sharesStart?: StartSharing;
  /** All of its metrics, `<name>.ok` first. */
  readonly metrics: readonly Metric[];
  readonly settings: z.ZodObject;
  /** The settings as JSON Schema (draft 2020-12): what servers check with and forms are drawn from. */
  readonly settingsSchema: Json;
  /** Complete settings, with defaults. @throws z.ZodError */
  parseSettings(input: unknown): unknown;
  /** @throws z.ZodError when the settings are invalid */
  deadlineMs(settings: unknown): number;
  supported(): Promise<Support>;
  /** Makes the first run of this thread take no longer than later ones. Left out where it takes no longer anyway. */
  rehearse?(): Promise<void>;
  /** @throws z.ZodError when the settings are invalid; anything else thrown is a ProbeFailure or a bug. */
  run(settings: unknown, context: ProbeContext): Promise<Measurement>;
}

const NAME = /^[a-z][a-z0-9-]{0,39}$/;

/**
 * Makes a probe from its definition.
 *
 * @throws Error when the name is malformed or the settings allow unknown keys.
 */
export function defineProbe<const M extends MetricTable, S extends z.ZodObject>(definition: ProbeDefinition<M, S>): Probe {
  const { name, title, settings } = definition;
  if (!NAME.test(name)) throw new Error(`probe name "${name}" is malformed: use lower case letters, digits and hyphens`);
  const strangers = (definition.sharesStart?.unless ?? []).filter((setting) => !(setting in settings.shape));
  if (strangers.length > 0) throw new Error(`probe "${name}": sharesStart names ${strangers.join(', ')}, which is no setting of it`);
  const strict = settings.strict() as unknown as S;
  // Who runs a probe asks for the deadline of the same settings first: they are parsed once for both.
  const ahead = new WeakMap<object, z.output<S>>();
  return {
    name,
    title,
    description: definition.description,
    version: definition.version,
    heavy: definition.heavy ?? false,
    last: definition.last ?? false,
    ...(definition.sharesStart ? { sharesStart: definition.sharesStart } : {}),
    metrics: listMetrics(name, title, definition.metrics),
    settings: strict,
    settingsSchema: z.toJSONSchema(strict, { io: 'input' }) as Json,
    parseSettings: (input) => strict.parse(input ?? {}),
    deadlineMs: (input) => {
      const parsed = strict.parse(input ?? {});
      if (typeof input === 'object' && input !== null) ahead.set(input, parsed);
      return definition.deadlineMs(parsed);
    },
    supported: async () => definition.supported(),
    ...(definition.rehearse ? { rehearse: async () => definition.rehearse?.() } : {}),
    run: async (input, context) => {
      const given = typeof input === 'object' && input !== null ? input : {};
      const parsed = ahead.get(given);
      // A run may do with its settings as it likes, so no other one gets the same.
      ahead.delete(given);
      return definition.run(parsed ?? strict.parse(input ?? {}), context);
    },
  };
}
