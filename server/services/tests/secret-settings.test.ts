import { describe, expect, it } from 'vitest';
import { keepSecrets, putSecrets, splitSecrets } from './secret-settings.js';

const secret = { type: 'string', writeOnly: true };
const schema = {
  type: 'object',
  properties: {
    pin: secret,
    auth: {
      oneOf: [
        { type: 'object', properties: { user: { type: 'string' }, password: secret } },
        { type: 'object', properties: { token: { $ref: '#/$defs/token' } } },
      ],
    },
    headers: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' }, value: secret } } },
    keys: { type: 'array', items: secret },
    more: { type: 'object', additionalProperties: secret, patternProperties: { '^x-': { type: 'string' } } },
  },
  $defs: { token: secret, loop: { $ref: '#/$defs/loop' } },
};
const settings = {
  pin: '4711',
  port: 80,
  auth: { user: 'ada', password: 'p/1' },
  headers: [
    { name: 'a', value: 'A' },
    { name: 'b', value: 'B' },
  ],
  keys: ['k1', 'k2'],
  more: { 'x-open': 'o', 'a/b~c': 'hidden' },
};

describe('secret settings', () => {
  const { open, secrets } = splitSecrets([schema], settings);

  it('are found at any depth: in objects, alternatives, references, lists and by pattern', () => {
    expect([...secrets.keys()].sort()).toEqual(
      ['auth/password', 'headers/0/value', 'headers/1/value', 'keys/0', 'keys/1', 'more/a~1b~0c', 'pin'].sort(),
    );
    expect(JSON.stringify(open)).not.toMatch(/4711|p\/1|"A"|k1|hidden/);
    expect(open).toMatchObject({ port: 80, auth: { user: 'ada' }, headers: [{ name: 'a' }, { name: 'b' }], keys: [null, null] });
    expect([...splitSecrets([schema], { auth: { token: 't' } }).secrets]).toEqual([['auth/token', 't']]);
  });

  it('go back to where they were', () => {
    expect(putSecrets(open, secrets)).toEqual(settings);
  });

  it('that are left out, or null, are kept', () => {
    const seen = putSecrets(open, new Map([...secrets.keys()].map((place) => [place, null])));
    expect(keepSecrets([schema], seen, settings)).toEqual(settings);
    expect(keepSecrets([schema], open, settings)).toEqual(settings);
    expect(keepSecrets([schema], { auth: { user: 'eve', password: null } }, settings)).toEqual({
      ...{ pin: '4711', auth: { user: 'eve', password: 'p/1' } },
    });
  });

  it('that are new take the place of the old ones; without an old one null is none', () => {
    expect(keepSecrets([schema], { pin: '1' }, settings)).toEqual({ pin: '1' });
    expect(keepSecrets([schema], { pin: null, auth: { password: null } }, {})).toEqual({ auth: {} });
  });

  it('go with what they belong to: with their item of a list, and away with their object', () => {
    const swapped = [{ name: 'b' }, { name: 'a', value: null }, { name: 'c' }];
    expect(keepSecrets([schema], { headers: swapped }, settings)).toEqual({
      pin: '4711',
      headers: [{ name: 'b', value: 'B' }, { name: 'a', value: 'A' }, { name: 'c' }],
    });
    expect(keepSecrets([schema], { port: 80 }, settings)).toEqual({ pin: '4711', port: 80 });
  });

  it('are not looked for for ever in a schema that refers to itself', () => {
    expect(splitSecrets([{ $ref: '#/$defs/loop', $defs: schema.$defs }], { a: 1 })).toEqual({ open: { a: 1 }, secrets: new Map() });
  });

  it('are what any one of several schemas says, each with its own references', () => {
    const bare = { type: 'object', properties: { pin: { type: 'string' }, auth: { $ref: '#/$defs/token' } }, $defs: { token: {} } };
    expect([...splitSecrets([bare, schema], settings).secrets.keys()].sort()).toEqual([...secrets.keys()].sort());
    expect([...splitSecrets([schema, bare], settings).secrets.keys()].sort()).toEqual([...secrets.keys()].sort());
  });

  it('stay secret beside a pattern that would take for ever, which is not tried', () => {
    const slow = { patternProperties: { '^(a|a)*$': secret }, additionalProperties: { type: 'string' } };
    const name = `${'a'.repeat(60)}!`;
    expect([...splitSecrets([slow], { [name]: 'hidden' }).secrets.keys()]).toEqual([name]);
    const hiding = { patternProperties: { '^(a|a)*$': { type: 'string' } }, additionalProperties: secret };
    expect([...splitSecrets([hiding], { [name]: 'hidden' }).secrets.keys()]).toEqual([name]);
  });
});
