import { expectNone, type Check, type ConformanceOptions } from './conformance/check.js';
import { runChecks } from './conformance/runs.js';
import { settingsChecks } from './conformance/settings.js';
import { shapeProblems } from './conformance/shape.js';
import type { Probe } from './probe.js';

export type { Attempt, Check, ConformanceOptions } from './conformance/check.js';
export { shapeProblems } from './conformance/shape.js';

/**
 * The suite that every probe passes, ours or a plug-in: named checks, each of which rejects with what is wrong. Any test runner can run them, one after
 * another (they count what the process holds open, so not side by side):
 *
 * ```ts
 * for (const check of conformance(probe, { target: () => parseTarget('127.0.0.1') })) it(check.name, check.run);
 * ```
 */
export function conformance(probe: Probe, options: ConformanceOptions): Check[] {
  return [
    { name: 'has the shape of a probe', run: async () => expectNone(shapeProblems(probe)) },
    ...settingsChecks(probe, options),
    ...runChecks(probe, options),
  ];
}

/** The part of a test runner that {@link testProbe} uses; vitest, Jest and node:test have it. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
}

/** Registers the suite with a test runner: `testProbe(probe, { target }, { describe, it })`. */
export function testProbe(probe: Probe, options: ConformanceOptions, { describe, it }: TestRunner): void {
  describe(`the probe ${probe.name} as every probe`, () => {
    for (const check of conformance(probe, options)) it(check.name, () => check.run());
  });
}
