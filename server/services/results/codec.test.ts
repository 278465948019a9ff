import { describe, expect, it } from 'vitest';
import {
  formOf,
  parseRuns,
  pack,
  splitRun,
  undeclared,
  unpackBounds,
  unpackDetails,
  unpackNumbers,
  unpackRuns,
  unpackSamples,
  type PackedResult,
  type SplitRun,
} from './codec.js';
import { splitDetails } from './detail-form.js';
import { metricSetOf } from './intern.js';
import type { ResultInput, RunInput } from './input.js';

const AT = Date.UTC(2026, 0, 31, 12);
const SET = metricSetOf(1, ['a.one', 'a.two', 'a.three']);
const split = (run: RunInput): SplitRun => splitRun(run, splitDetails(run.details));
const RUN = { probe: 'a', status: 'OK', startedAt: new Date(AT + 4), durationMs: 1.23456789, method: 'by hand' };

function result(overrides: Partial<ResultInput> = {}): ResultInput {
  const identity = { id: 'id', testId: 'test', targetId: 'target', revision: 1, sequence: 7 };
  return { ...identity, scheduledAt: new Date(AT), startedAt: new Date(AT), status: 'OK', metrics: {}, runs: [RUN], ...overrides };
}

function packed(given: ResultInput, forms: readonly number[]): PackedResult {
  return pack(
    given,
    SET,
    given.runs.map(split),
    forms.map((run) => ({ run })),
  );
}

describe('a packed result', () => {
  it('has its numbers in the order of the metric set, null where one is absent', () => {
    const { numbers } = packed(result({ metrics: { 'a.three': 3.14159265, 'a.one': 1_234_567_890 } }), [1]);
    expect(numbers).toBe('[1234567890,null,3.14159]');
    expect(unpackNumbers(numbers, SET)).toEqual(
      new Map([
        ['a.one', 1_234_567_890],
        ['a.three', 3.14159],
      ]),
    );
  });

  it('takes no room for samples, error bounds and details that are not there', () => {
    expect(packed(result(), [1])).toMatchObject({ samples: null, bounds: null, details: null });
  });

  it('gives back bounds, samples, details and runs as they were', () => {
    const failed = { ...RUN, probe: 'b', status: 'FAILED', errorCode: 'TIMEOUT', errorMessage: 'too late', details: { seen: [1] } };
    const row = packed(result({ errorBounds: { 'a.two': 0.5 }, distributions: { 'a.three': [2, 1] }, runs: [RUN, failed] }), [5, 6]);
    expect(unpackBounds(row.bounds, SET)).toEqual(new Map([['a.two', 0.5]]));
    expect(unpackSamples(row.samples)).toEqual({ 2: [2, 1] });
    expect(unpackDetails(row.details ?? '', new Map())).toEqual([
      { flow: null, details: null },
      { flow: null, details: { seen: [1] } },
    ]);
    // Where their form was stored, they name it.
    const named = pack(result({ runs: [failed] }), SET, [split(failed)], [{ run: 6, details: 9 }]);
    expect(named.details).toBe('[[null,null,9,[1]]]');
    expect(unpackDetails(named.details ?? '', new Map([[9, { seen: [0] }]]))).toEqual([{ flow: null, details: { seen: [1] } }]);
    const forms = new Map(
      [5, 6].map((id) => [id, { probe: id === 5 ? 'a' : 'b', method: 'by hand', absent: [{ metric: 'a.one', reason: 'none' }] }]),
    );
    const [first, second] = unpackRuns(parseRuns(row.runs), AT, forms);
    expect(first).toMatchObject({ probe: 'a', status: 'OK', startedAt: new Date(AT + 4), durationMs: 1.23457, error: null });
    expect(second).toMatchObject({
      probe: 'b',
      status: 'FAILED',
      error: { code: 'TIMEOUT', message: 'too late' },
      absent: [{ metric: 'a.one', reason: 'none' }],
    });
  });

  it('keeps of a flow the numbers alone: what flows of a probe have in common is in the form', () => {
    const flows = [
      { local: '127.0.0.1', port: 4001, remotePort: 443 },
      { local: '127.0.0.1', port: 4002, remotePort: 443 },
    ];
    const runs = flows.map((flow) => ({ ...RUN, flow, status: 'FAILED', errorCode: 'TIMEOUT', errorMessage: 'too late' }));
    const [form = '', same] = runs.map((run) => split(run).form);
    expect(same).toEqual(form);
    const row = packed(result({ runs }), [5, 5]);
    expect(row.details).toBeNull();
    const unpacked = unpackRuns(parseRuns(row.runs), AT, new Map([[5, formOf(form)]]));
    expect(unpacked.map(({ flow }) => flow)).toEqual(flows);
    expect(unpacked.map(({ error }) => error?.code)).toEqual(['TIMEOUT', 'TIMEOUT']);
  });

  it('has a flow that is a report of its own among the details', () => {
    const flow = { text: 'x'.repeat(1000) };
    const run = { ...RUN, flow };
    expect(formOf(split(run).form)).not.toHaveProperty('flow');
    const { details } = packed(result({ runs: [run] }), [5]);
    expect(unpackDetails(details ?? '', new Map())).toEqual([{ flow, details: null }]);
  });

  it('is read as it was packed before flows stood in forms', () => {
    const forms = new Map([[5, { probe: 'a', method: 'by hand', absent: [] }]]);
    const [run] = unpackRuns(parseRuns('[[5,2,4,1.5,"TIMEOUT","too late"]]'), AT, forms);
    expect(run).toMatchObject({ status: 'FAILED', durationMs: 1.5, error: { code: 'TIMEOUT', message: 'too late' } });
    expect(run).not.toHaveProperty('flow');
  });

  it('cannot be unpacked without the forms that its runs name', () => {
    expect(() => unpackRuns(parseRuns(packed(result(), [5]).runs), AT, new Map())).toThrow('run form 5');
  });

  it('would lose what its set does not have: that is found out before', () => {
    const odd = result({ metrics: { 'b.one': 1 }, distributions: { 'b.two': [1] }, runs: [{ ...RUN, absent: { 'b.three': 'none' } }] });
    expect(undeclared(odd, SET)).toEqual(['b.one', 'b.two', 'b.three']);
  });
});
