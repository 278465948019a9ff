import { describe, expect, it } from 'vitest';
import { loadConfig, type ServerOptions } from './config.js';

describe('the configuration of a server', () => {
  it('has defaults that listen on loopback only', () => {
    expect(loadConfig({}, {})).toMatchObject({ host: '127.0.0.1', port: 4000, data: './data', logLevel: 'info', trustProxy: false });
  });

  it('takes options before the environment, and the environment before defaults', () => {
    const environment = { STREAMSWARM_PORT: '5000', STREAMSWARM_HOST: '::1', STREAMSWARM_TRUST_PROXY: 'false' };
    expect(loadConfig({ port: 6000, host: undefined }, environment)).toMatchObject({ port: 6000, host: '::1', trustProxy: false });
  });

  it.each([
    [{ prot: 4000 }, /prot/],
    [{ port: 70_000 }, /port/],
    [{ logLevel: 'loud' }, /logLevel/],
    [{ publicUrl: 'ftp://example.org' }, /publicUrl/],
    [{ staleAfterSeconds: 60 }, /staleAfterSeconds must be less than offlineAfterSeconds/],
  ])('refuses %j and names what is wrong', (options, message) => {
    expect(() => loadConfig(options as ServerOptions, {})).toThrow(message);
  });
});
