import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineProbe } from './probe.js';
import { exampleMetrics, exampleProbe, exampleSettings } from './testing/example-probe.js';

const definition = {
  name: 'example',
  title: 'Example',
  description: 'Does nothing.',
  version: '1.0.0',
  metrics: exampleMetrics,
  settings: exampleSettings,
  deadlineMs: ({ count }: z.output<typeof exampleSettings>) => count * 1_000,
  supported: () => ({ available: true, method: 'none' }) as const,
  run: async () => ({ method: 'none', metrics: {} }),
};

describe('defining a probe', () => {
  it.each(['Ping', '9lives', 'a b', '', '-a', 'a'.repeat(41)])('refuses the name "%s"', (name) => {
    expect(() => defineProbe({ ...definition, name })).toThrow('is malformed');
  });

  it('adds the metric of its success', () => {
    expect(exampleProbe().metrics.map(({ id }) => id)).toEqual(['example.ok', ...Object.keys(exampleMetrics)]);
  });

  it('is light and in the order of the test unless it says otherwise', () => {
    expect(defineProbe(definition)).toMatchObject({ heavy: false, last: false });
    expect(defineProbe({ ...definition, heavy: true, last: true })).toMatchObject({ heavy: true, last: true });
  });
});

describe('a probe whose cycles may start together with those of other tests', () => {
  it('says so, and is one that does not unless it says so', () => {
    expect(defineProbe(definition).sharesStart).toBeUndefined();
    expect(defineProbe({ ...definition, sharesStart: { unless: ['count'] } }).sharesStart).toEqual({ unless: ['count'] });
  });

  it('is refused where it makes that depend on a setting that it does not have', () => {
    expect(() => defineProbe({ ...definition, sharesStart: { unless: ['transfer'] } })).toThrow(
      'sharesStart names transfer, which is no setting of it',
    );
  });
});

describe('the settings of a probe', () => {
  const probe = defineProbe(definition);

  it('are complete with their defaults, from nothing at all', () => {
    expect([probe.parseSettings(undefined), probe.parseSettings({})]).toEqual([
      { count: 2, name: '' },
      { count: 2, name: '' },
    ]);
  });

  it('refuse unknown keys even where their author forgot to', () => {
    expect(() => probe.parseSettings({ cuont: 3 })).toThrow(/cuont/);
  });

  it('are a JSON Schema too, in which what has a default need not be given', () => {
    expect(probe.settingsSchema).toMatchObject({
      type: 'object',
      additionalProperties: false,
      properties: { count: { type: 'integer', minimum: 1, maximum: 10, default: 2, description: 'Connections to make' } },
    });
    expect(probe.settingsSchema).not.toHaveProperty('required');
  });

  it('decide the deadline, checked beforehand', () => {
    expect(probe.deadlineMs({ count: 3 })).toBe(3_000);
    expect(() => probe.deadlineMs({ count: 11 })).toThrow(z.ZodError);
  });
});
