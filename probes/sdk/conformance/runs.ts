import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { judgesTarget, PROBE_ERROR_CODES } from '../error.js';
import type { Probe, Support } from '../probe.js';
import { runProbe, type ProbeRun } from '../run.js';
import { contextFor, expectNone, type Attempt, type Check, type ConformanceOptions } from './check.js';
import { jsonProblems } from './json.js';
import { leftBehind } from './resources.js';
import { measurementProblems } from './values.js';

const PARALLEL = 20;
const LEAK_RUNS = 5;
/** How long after its signal a run may take to end: time for a system call under way, not for another attempt. */
const GRACE_MS = 1_000;
const LONGEST_RUN_MS = 3_600_000;

async function runOnce(probe: Probe, attempt: Attempt, signal?: AbortSignal): Promise<ProbeRun> {
  return runProbe(probe, structuredClone(attempt.settings), await contextFor(probe, attempt, signal ? { signal } : {}));
}

const told = (run: ProbeRun): string => `${run.status}${run.error ? ` (${run.error.code}: ${run.error.message})` : ''}`;

async function checkSupport(probe: Probe): Promise<void> {
  const support: Support = await probe.supported();
  const said = support.available ? support.method : support.reason;
  const limits = support.available ? (support.limitations ?? []) : [];
  const empty = limits.filter(({ what, reason, remedy }) => [what, reason, remedy].some((text) => text.trim() === ''));
  expectNone([
    ...(said.trim() === '' ? ['supported() says neither a method nor a reason'] : []),
    ...empty.map(({ what }) => `the limitation "${what}" must say what, why, and what would help`),
  ]);
}

async function checkMeasurement(probe: Probe, options: ConformanceOptions): Promise<void> {
  const first = await probe.run(structuredClone(options.settings), await contextFor(probe, options));
  if (first.failure) throw new Error(`the run failed: ${first.failure.message}`);
  const second = await probe.run(structuredClone(options.settings), await contextFor(probe, options, { memory: first.memory }));
  for (const measurement of [first, second]) expectNone(measurementProblems(probe, measurement, options.signed));
  if (Object.keys(first.metrics).length + Object.keys(first.distributions ?? {}).length === 0) throw new Error('the run measured nothing');
}

async function checkRun(probe: Probe, options: ConformanceOptions): Promise<void> {
  const run = await runOnce(probe, options);
  if (run.status !== 'OK') throw new Error(`the run ended as ${told(run)}`);
  expectNone(jsonProblems(run));
  const limit = probe.deadlineMs(options.settings);
  if (!(limit > 0 && limit <= LONGEST_RUN_MS)) throw new Error(`deadlineMs is ${limit}: it must be over 0 and at most an hour`);
  if (run.durationMs > limit) throw new Error(`the run took ${run.durationMs} ms, its own deadline is ${limit} ms`);
}

async function checkInputs(probe: Probe, options: ConformanceOptions): Promise<void> {
  const settings = structuredClone(options.settings);
  await runProbe(probe, settings, await contextFor(probe, options));
  if (!isDeepStrictEqual(settings, options.settings)) throw new Error('the run changed the settings that it was given');
}

/** Fails when the probe's own promise has not settled within the grace after the abort. */
async function abortedIn(probe: Probe, attempt: Attempt, afterMs: number): Promise<void> {
  const controller = new AbortController();
  if (afterMs === 0) controller.abort();
  const context = await contextFor(probe, attempt, { signal: controller.signal });
  const running = probe.run(structuredClone(attempt.settings), context).then(
    () => 'ended',
    () => 'ended',
  );
  if (afterMs > 0) {
    await Promise.race([running, delay(afterMs)]);
    controller.abort(new DOMException('deadline', 'TimeoutError'));
  }
  const timer = new AbortController();
  const outcome = await Promise.race([running, delay(GRACE_MS, 'late', { signal: timer.signal })]);
  timer.abort();
  if (outcome === 'late')
    throw new Error(`the run went on for ${GRACE_MS} ms after it was aborted ${afterMs === 0 ? 'before it began' : 'on its way'}`);
}

async function checkAbort(probe: Probe, options: ConformanceOptions): Promise<void> {
  for (const afterMs of [0, 1, 50]) await abortedIn(probe, options.slow ?? options, afterMs);
}

async function checkLeaks(probe: Probe, options: ConformanceOptions): Promise<void> {
  expectNone(await leftBehind(LEAK_RUNS, () => runOnce(probe, options)));
  expectNone(await leftBehind(LEAK_RUNS, () => abortedIn(probe, options.slow ?? options, 20)));
  const { unreachable } = options;
  if (unreachable) expectNone(await leftBehind(LEAK_RUNS, () => runOnce(probe, unreachable)));
}

async function checkUnreachable(probe: Probe, attempt: Attempt): Promise<void> {
  const run = await runOnce(probe, attempt);
  const { error } = run;
  if (!error) throw new Error(`a target that cannot be reached gives ${told(run)}: it must give an error`);
  if (!PROBE_ERROR_CODES.includes(error.code)) throw new Error(`the error code ${error.code} is unknown`);
  if (!judgesTarget(error.code))
    throw new Error(`a target that cannot be reached gives ${told(run)}: the fault is the target's, not the agent's`);
  if (run.metrics[`${probe.name}.ok`] !== 0) throw new Error(`${probe.name}.ok must be 0`);
  if (error.message.trim() === '') throw new Error('the error has no message');
  const measurement = await probe.run(structuredClone(attempt.settings), await contextFor(probe, attempt)).catch((thrown: unknown) => {
    if (thrown instanceof Error && thrown.name === 'ProbeFailure') return undefined;
    throw thrown;
  });
  if (measurement) expectNone(measurementProblems(probe, measurement));
}

async function checkParallel(probe: Probe, options: ConformanceOptions): Promise<void> {
  const runs = await Promise.all(Array.from({ length: options.parallel ?? PARALLEL }, () => runOnce(probe, options)));
  expectNone(runs.filter((run) => run.status !== 'OK').map((run) => `one of ${runs.length} runs side by side ended as ${told(run)}`));
}

/** What a probe owes when it runs. */
export function runChecks(probe: Probe, given: ConformanceOptions): Check[] {
  const { settings } = given;
  const unreachable = given.unreachable && { settings, ...given.unreachable };
  const options = { ...given, unreachable, slow: { settings, ...(given.slow ?? given) } };
  const checks: Check[] = [
    { name: 'says whether and how this host can measure', run: () => checkSupport(probe) },
    {
      name: 'gives each declared metric a possible value or a reason, and nothing undeclared',
      run: () => checkMeasurement(probe, options),
    },
    { name: 'gives a run that survives JSON, within its own deadline', run: () => checkRun(probe, options) },
    { name: 'leaves what it was given as it was', run: () => checkInputs(probe, options) },
    { name: 'ends when it is aborted', run: () => checkAbort(probe, options) },
    { name: 'leaves no descriptor, child, timer or temporary file behind', run: () => checkLeaks(probe, options) },
    { name: 'runs many times side by side', run: () => checkParallel(probe, options) },
  ];
  if (unreachable) checks.push({ name: 'tells why a target cannot be reached', run: () => checkUnreachable(probe, unreachable) });
  return checks;
}
