import { describe, expect, it } from 'vitest';
import { differences, nodeComplaint } from './steps.mjs';

describe('what set-up says of the Node version', () => {
  it('accepts 20.19 and everything later', () => {
    for (const version of ['20.19.0', '20.20.2', '22.0.0', '24.1.0']) expect(nodeComplaint(version)).toBeUndefined();
  });

  it('names the version that is too old and what would do', () => {
    expect(nodeComplaint('20.18.3')).toMatch(/needs Node 20\.19 or later; this is 20\.18\.3/);
    expect(nodeComplaint('18.20.0')).toMatch(/18\.20\.0/);
  });
});

describe('whether what is installed matches the lock file', () => {
  const locked = {
    packages: {
      '': { version: '0.1.0' },
      'node_modules/a': { version: '1.0.0' },
      'node_modules/only-on-macos': { version: '2.0.0', optional: true },
    },
  };

  it('is content with the same versions, and without another platform’s optional packages', () => {
    expect(differences(locked, { packages: { 'node_modules/a': { version: '1.0.0' } } })).toEqual([]);
  });

  it('sees a missing package, another version and a missing installation', () => {
    expect(differences(locked, { packages: {} })).toEqual(['node_modules/a: missing -> 1.0.0']);
    expect(differences(locked, { packages: { 'node_modules/a': { version: '0.9.0' } } })).toEqual(['node_modules/a: 0.9.0 -> 1.0.0']);
    expect(differences(locked, undefined)).toHaveLength(1);
  });
});
