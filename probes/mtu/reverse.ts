import { StampKey } from '../kernel/stamp/seal.js';
import type { Answer } from './answer.js';
import type { Asked } from './channel.js';
import { isExact, type Found } from './found.js';
import { Prober } from './prober.js';
import { ReflectorChannel } from './reflector-channel.js';
import { Search } from './search.js';

/** What to ask whom. */
export interface ReversePlan {
  readonly asked: Asked;
  readonly port: number | undefined;
  readonly key: string | undefined;
  /** No larger packet is asked for. */
  readonly largest: number;
  /** Every path carries these, bytes. */
  readonly smallest: number;
  readonly attempts: number;
  readonly timeoutMs: number;
  readonly dscp: number;
  readonly sourcePorts: readonly number[];
  readonly signal: AbortSignal;
}

/** What is known of the way back. */
export interface Reverse {
  /** Largest packet that came back whole, bytes, exact; undefined with the `reason`. */
  readonly bytes: number | undefined;
  readonly reason: string;
  /** What the search came to, where there was one. */
  readonly found?: Found;
  readonly packets: number;
}

const CUT_SHORT = 'the run was cut short before the way back was known';

const notAsked = (reason: string): Reverse => ({ bytes: undefined, reason, packets: 0 });

/** Finds the largest packet that a reflector at the target can send back whole. A reflector that is not there, or does not answer, is a reason. @throws KernelError */
export async function reversePath(plan: ReversePlan): Promise<Reverse> {
  const { port, key } = plan;
  if (port === undefined) return notAsked('no reflector is named at the target (setting "reflectorPort")');
  if (key === undefined) return notAsked('the reflector answers only who knows its key (setting "reflectorKey")');
  const channel = new ReflectorChannel(plan.asked, port, new StampKey(key), plan.dscp, plan.sourcePorts);
  try {
    return await searchBack(channel, plan, port);
  } finally {
    channel.close();
  }
}

async function searchBack(channel: ReflectorChannel, plan: ReversePlan, port: number): Promise<Reverse> {
  const { attempts, timeoutMs, signal } = plan;
  const prober = new Prober(channel, { attempts, timeoutMs, signal });
  const introduced = await answerTo(prober, channel.introduction);
  if (introduced.kind === 'failed') return { bytes: undefined, reason: introduced.failure.message, packets: prober.sent };
  if (introduced.kind !== 'passed') return { bytes: undefined, reason: silence(plan, port), packets: prober.sent };
  const range = { smallest: Math.max(plan.smallest, channel.smallest), largest: plan.largest, width: channel.width };
  const found = await new Search(prober.attempt, range, signal).run();
  const reason = await reasonFor(found, prober, plan, range.smallest);
  return { bytes: reason === undefined ? found.passed : undefined, reason: reason ?? '', found, packets: prober.sent };
}

async function answerTo(prober: Prober, size: number): Promise<Answer> {
  return (await prober.attempt([size])).get(size) ?? { kind: 'silent' };
}

/** Why what was found is no answer; undefined where it is one. */
async function reasonFor(found: Found, prober: Prober, { signal }: ReversePlan, smallest: number): Promise<string | undefined> {
  const { passed, stopped, failure } = found;
  if (failure) return failure.message;
  if (signal.aborted) return CUT_SHORT;
  if (passed === undefined) return `the reflector answers, but packets of ${smallest} bytes do not come back`;
  if (!isExact(found)) return `the path MTU of the way back lies between ${passed} and ${(stopped ?? 0) - 1} bytes`;
  // A reflector that fell silent meanwhile would look like a way that carries less.
  const answersStill = found.why !== 'silent' || (await answerTo(prober, passed)).kind === 'passed';
  return answersStill ? undefined : `the reflector stopped answering during the search: at least ${passed} bytes came back`;
}

function silence({ asked, signal }: ReversePlan, port: number): string {
  if (signal.aborted) return CUT_SHORT;
  const causes = 'none runs there, a filter drops its packets, or reflectorKey is not its key: to other keys it says nothing';
  return `no reflector answered at ${asked.label}, UDP port ${port}: ${causes}`;
}
