import { describe, expect, it } from 'vitest';
import { settingsProblems } from './settings-check.js';

const schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'the-same-everywhere',
  type: 'object',
  properties: {
    port: { type: 'integer', minimum: 1, maximum: 65535 },
    url: { type: 'string', format: 'uri' },
    mode: { enum: ['fast', 'careful'] },
    password: { type: 'string', writeOnly: true },
    nested: { type: 'object', properties: { depth: { type: 'number' } } },
  },
  required: ['port'],
  additionalProperties: false,
};
const probe = { name: 'http', accepted: [schema] as const };

const paths = (settings: unknown): string[] => settingsProblems(probe, settings, 'input.probes.0.settings').map(({ path }) => path);

describe("a probe's settings", () => {
  it('pass when they fit its JSON Schema', () => {
    expect(settingsProblems(probe, { port: 443, url: 'https://a.example/', mode: 'fast' }, 'settings')).toEqual([]);
  });

  it('are told apart by the path of each field that does not fit', () => {
    expect(paths({ port: 0 })).toEqual(['input.probes.0.settings.port']);
    expect(paths({})).toEqual(['input.probes.0.settings.port']);
    expect(paths({ port: 1, colour: 'red' })).toEqual(['input.probes.0.settings.colour']);
    expect(paths({ port: 1, nested: { depth: 'deep' } })).toEqual(['input.probes.0.settings.nested.depth']);
    expect(paths({ port: 1, url: 'not a url' })).toEqual(['input.probes.0.settings.url']);
  });

  it('are explained to a person', () => {
    expect(settingsProblems(probe, { port: 1, mode: 'slow' }, '')[0]?.message).toContain('fast, careful');
    expect(settingsProblems(probe, { port: 1, colour: 'red' }, '')[0]?.message).toBe('http: there is no setting "colour".');
  });

  it('are checked by each schema for itself, also where two have the same $id', () => {
    const other = { name: 'other', accepted: [{ $id: schema.$id, type: 'object', properties: { port: { type: 'string' } } }] as const };
    expect(settingsProblems(other, { port: 'seven' }, '')).toEqual([]);
    expect(paths({ port: 'seven' })).toHaveLength(1);
  });

  it('cannot be checked by a schema that is none: that is said, not thrown', () => {
    expect(settingsProblems({ name: 'odd', accepted: [{ type: 7 }] }, {}, 'settings')).toMatchObject([{ path: 'settings' }]);
  });

  it('may fit any version that agents have; what is wrong is told by the newest', () => {
    const newer = { ...schema, $id: 'newer', properties: { ...schema.properties, port: { type: 'string' } } };
    const both = { name: 'http', accepted: [newer, schema] as const };
    expect(settingsProblems(both, { port: 443 }, '')).toEqual([]);
    expect(settingsProblems(both, { port: 'https' }, '')).toEqual([]);
    expect(settingsProblems(both, { port: 443, mode: 'slow' }, '').map(({ path }) => path)).toEqual(['.port', '.mode']);
  });

  it('are given up where a pattern would take for ever; another version of the probe still counts', () => {
    const slow = { type: 'object', properties: { url: { type: 'string', pattern: '^(a|a)*$' } } };
    const settings = { port: 80, url: `https://${'a'.repeat(60)}` };
    const hostile = { ...settings, url: `${'a'.repeat(60)}!` };
    expect(settingsProblems({ name: 'http', accepted: [slow] }, hostile, 'settings')).toMatchObject([
      { path: 'settings', message: expect.stringContaining('tries too many ways to match') },
    ]);
    expect(settingsProblems({ name: 'http', accepted: [slow, { type: 'object' }] }, hostile, '')).toEqual([]);
    expect(paths(settings)).toEqual([]);
  });
});
