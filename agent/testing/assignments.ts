import { assignmentSchema, type Assignment } from '../assignment.js';

/** An assignment as the server sends it: one sleeping probe every 5 seconds unless something else is said. */
export function assignment(testId: string, changes: Partial<Assignment> = {}): Assignment {
  return assignmentSchema.parse({
    testId,
    revision: 1,
    seed: `seed of ${testId}`,
    target: { id: 'target', kind: 'HOST', address: '127.0.0.1', host: '127.0.0.1', port: null },
    probes: [{ probe: 'sleeper', settings: {} }],
    schedule: { intervalSeconds: 5, durationSeconds: null, startsAt: null },
    ...changes,
  });
}
