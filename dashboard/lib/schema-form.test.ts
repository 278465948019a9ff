import { describe, expect, it } from 'vitest';
import { fieldsOf, initialValue, problemOf, titleOf, toSettings, type SchemaField } from './schema-form.js';

const SCHEMA = {
  type: 'object',
  properties: {
    count: { type: 'integer', minimum: 1, maximum: 100, default: 20, description: 'Packets of a burst.' },
    family: { type: 'string', enum: ['any', 'ipv4', 'ipv6'], default: 'any' },
    fragment: { type: 'boolean', default: true },
    timeoutMs: { type: 'number', exclusiveMinimum: 0, default: 3000 },
    classes: { type: 'array', items: { type: 'string' }, default: ['EF', 'BE'] },
    password: { type: 'string', writeOnly: true },
    extra: { anyOf: [{ type: 'object' }, { type: 'null' }] },
  },
  required: ['count', 'family', 'fragment', 'timeoutMs', 'classes', 'password'],
};

const fields = fieldsOf(SCHEMA);
const field = (key: string): SchemaField => {
  const found = fields.find((each) => each.key === key);
  if (!found) throw new Error(`no field ${key}`);
  return found;
};

describe('a form drawn from a JSON Schema', () => {
  it('asks for each setting in the way that fits it', () => {
    expect(fields.map(({ kind }) => kind)).toEqual(['number', 'choice', 'switch', 'number', 'list', 'secret', 'json']);
  });

  it('needs what has no default, and folds what is rarely changed', () => {
    expect(fields.filter(({ required }) => required).map(({ key }) => key)).toEqual(['password']);
    expect(fields.filter(({ advanced }) => advanced).map(({ key }) => key)).toEqual(['timeoutMs', 'classes', 'extra']);
  });

  it('folds what the schema itself calls advanced, where it does', () => {
    const properties = { a: { type: 'string', advanced: true }, b: { type: 'string' } };
    expect(fieldsOf({ type: 'object', properties }).map(({ advanced }) => advanced)).toEqual([true, false]);
  });

  it('shows the defaults', () => {
    expect(fields.map(initialValue)).toEqual(['20', 'any', true, '3000', 'EF, BE', '', '']);
  });

  it('says what is wrong beside the field', () => {
    expect(problemOf(field('count'), '0')).toBe('At least 1.');
    expect(problemOf(field('count'), '2.5')).toBe('Write a whole number.');
    expect(problemOf(field('count'), 'many')).toBe('Write a number.');
    expect(problemOf(field('count'), '')).toBeNull();
    expect(problemOf(field('password'), '')).toBe('This is needed.');
    expect(problemOf(field('extra'), '{')).toContain('not JSON');
  });

  it('sends only what differs from the defaults, in the types of the schema', () => {
    const draft = { count: '40', family: 'any', fragment: false, classes: 'AF41 EF', password: 'x', timeoutMs: '3000', extra: '{"a":1}' };
    expect(toSettings(fields, draft)).toEqual({ count: 40, fragment: false, classes: ['AF41', 'EF'], password: 'x', extra: { a: 1 } });
    expect(toSettings(fields, {})).toEqual({});
  });

  it('has no fields for what is no object schema', () => {
    expect(fieldsOf(null)).toEqual([]);
    expect(fieldsOf({ type: 'string' })).toEqual([]);
  });

  it('turns keys into words', () => {
    expect(['packetSize', 'timeoutMs', 'dscp'].map(titleOf)).toEqual(['Packet size', 'Timeout (ms)', 'Dscp']);
  });
});
