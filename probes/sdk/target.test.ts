import { describe, expect, it } from 'vitest';
import { parseTarget } from './target.js';

describe('a target', () => {
  it.each([
    ['example.org', { kind: 'HOST', host: 'example.org' }],
    [' 192.0.2.1 ', { kind: 'HOST', host: '192.0.2.1', address: '192.0.2.1' }],
    ['example.org:8080', { kind: 'HOST', host: 'example.org', port: 8080 }],
    ['2001:db8::1', { kind: 'HOST', host: '2001:db8::1' }],
    ['[2001:db8::1]', { kind: 'HOST', host: '2001:db8::1' }],
    ['[2001:db8::1]:443', { kind: 'HOST', host: '2001:db8::1', port: 443 }],
    ['fe80::1%eth0', { kind: 'HOST', host: 'fe80::1%eth0' }],
    ['::1', { kind: 'HOST', host: '::1' }],
    ['_service.example.org', { kind: 'HOST', host: '_service.example.org' }],
    ['bücher.example', { kind: 'HOST', host: 'xn--bcher-kva.example' }],
    ['https://example.org/a?b=1', { kind: 'URL', host: 'example.org', port: 443, url: 'https://example.org/a?b=1' }],
    ['http://[::1]:8080/', { kind: 'URL', host: '::1', port: 8080 }],
    ['http://example.org', { kind: 'URL', port: 80 }],
    ['agent:0190b3c4-aaaa-7bbb-8ccc-0123456789ab', { kind: 'AGENT', host: '0190b3c4-aaaa-7bbb-8ccc-0123456789ab' }],
  ])('may be written %s', (written, parts) => {
    expect(parseTarget(written)).toMatchObject(parts);
  });

  it.each([
    ['', 'must not be empty'],
    ['   ', 'must not be empty'],
    ['example.org:0', 'the port must be 1 to 65535, not "0"'],
    ['example.org:65536', 'the port must be 1 to 65535'],
    ['example.org:http', 'the port must be 1 to 65535, not "http"'],
    ['example.org:', 'the port must be 1 to 65535'],
    ['[::1]:', 'write host'],
    ['[::1', 'write host'],
    ['[example.org]:80', 'write host'],
    ['-oProxyCommand=x', 'write host'],
    ['--help', 'write host'],
    ['a b', 'write host'],
    ['a;reboot', 'write host'],
    ['$(reboot)', 'write host'],
    ['a/b', 'write host'],
    ['ftp://example.org', 'must begin with http:// or https://'],
    ['http://', 'is not a valid URL'],
    ['https://me:secret@example.org/', 'must not carry a user name or password'],
    ['agent:', "after agent: comes an agent's id"],
    ['agent:../etc', "after agent: comes an agent's id"],
    ['a'.repeat(254), 'write host'],
    ['a'.repeat(65_536), 'may have 2048 characters at most, this one has 65536'],
    ['\u202eexample', 'write host'],
  ])('may not be written %s', (written, message) => {
    expect(() => parseTarget(written)).toThrow(TypeError);
    expect(() => parseTarget(written)).toThrow(message);
  });

  it('keeps a password out of the message that refuses it', () => {
    expect(() => parseTarget('https://me:secret@example.org/')).not.toThrow(/secret@|me:secret/);
  });
});
