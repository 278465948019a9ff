import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, loadAgentConfig } from './config.js';
import { graphqlUrl, isReadableOnTheWay } from './server-url.js';

const SERVER = { server: 'http://127.0.0.1:4000' };

describe('loadAgentConfig', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function file(name: string, content: string): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  it('needs a server alone', async () => {
    const config = await loadAgentConfig(SERVER, {});
    expect(config).toMatchObject({
      server: 'ws://127.0.0.1:4000/graphql',
      name: hostname(),
      data: './data/agent',
      logLevel: 'info',
      plugins: [],
      maxOutboxBytes: 256 * 2 ** 20,
    });
    expect(config.workers).toBeGreaterThanOrEqual(1);
    expect(config.token).toBeUndefined();
  });

  it('takes flags before the environment before the file', async () => {
    const config = file('agent.yaml', 'server: https://far.example\nname: from the file\nworkers: 2\nlogLevel: warn\n');
    const env = {
      STREAMSWARM_CONFIG: config,
      STREAMSWARM_NAME: 'from the environment',
      STREAMSWARM_WORKERS: '3',
      STREAMSWARM_PLUGINS: 'one, two',
    };
    const loaded = await loadAgentConfig({ name: 'from a flag' }, env);
    expect(loaded).toMatchObject({
      server: 'wss://far.example/graphql',
      name: 'from a flag',
      workers: 3,
      logLevel: 'warn',
      plugins: ['one', 'two'],
    });
  });

  it('reads JSON, and finds what the file names relative to the file', async () => {
    file('token', 'sse_from_file\n');
    const config = file('agent.json', JSON.stringify({ ...SERVER, tokenFile: 'token', plugins: ['./probe', 'a-package'] }));
    expect(await loadAgentConfig({ config }, {})).toMatchObject({ token: 'sse_from_file', plugins: [join(folder, 'probe'), 'a-package'] });
  });

  it('prefers the token of the stronger source, be it a text or a file', async () => {
    const tokenFile = file('token', 'sse_from_file');
    expect((await loadAgentConfig({ ...SERVER, tokenFile }, { STREAMSWARM_TOKEN: 'sse_text' })).token).toBe('sse_from_file');
    expect((await loadAgentConfig({ ...SERVER, token: 'sse_text' }, { STREAMSWARM_TOKEN_FILE: tokenFile })).token).toBe('sse_text');
  });

  describe('of a reflector', () => {
    const KEY = 'a-key-that-both-ends-know';

    it('are none by default, and a key file is read as that of the token is', async () => {
      expect((await loadAgentConfig(SERVER, {})).reflector).toBeUndefined();
      file('key', `${KEY}\n`);
      const config = file('agent.yaml', 'server: http://127.0.0.1\nreflectorPort: 862\nreflectorAddress: "::"\nreflectorKeyFile: key');
      const reflector = { address: '::', port: 862, key: KEY };
      expect((await loadAgentConfig({ config }, {})).reflector).toEqual(reflector);
      const env = { STREAMSWARM_REFLECTOR_PORT: '862', STREAMSWARM_REFLECTOR_ADDRESS: '::', STREAMSWARM_REFLECTOR_KEY: KEY };
      expect((await loadAgentConfig(SERVER, env)).reflector).toEqual(reflector);
      expect((await loadAgentConfig({ ...SERVER, reflectorPort: 20_862 }, env)).reflector).toEqual({ ...reflector, port: 20_862 });
    });

    it.each([
      [{ reflectorPort: 862 }, {}, /reflectorAddress: is needed with reflectorPort; reflectorKey: is needed/],
      [{ reflectorAddress: '127.0.0.1' }, {}, /reflectorAddress: does nothing without reflectorPort/],
      [{ reflectorPort: 65_536 }, {}, /reflectorPort: /],
      [{ reflectorPort: 862, reflectorAddress: 'eth0' }, {}, /reflectorAddress: must be an IP address/],
      [{ reflectorPort: 862, reflectorAddress: '::' }, { STREAMSWARM_REFLECTOR_KEY: 'short' }, /reflectorKey: must be 16 to 256 letters/],
    ])('are refused where they make no sense: %j %j', async (flags, env, message) => {
      await expect(loadAgentConfig({ ...SERVER, ...flags }, env)).rejects.toThrow(message);
    });

    it('name no key in a message', async () => {
      const env = { STREAMSWARM_REFLECTOR_KEY: 'hush hush, this is one' };
      const failure = await loadAgentConfig(SERVER, env).catch((error: unknown) => String(error));
      expect(failure).toMatch(/reflectorKey/);
      expect(failure).not.toContain('hush');
    });
  });

  it.each([
    ['an unknown key, with the one that was meant', 'tokn: x', /agent\.yaml: unknown key "tokn": did you mean "token"\?/],
    ['an unknown key written in another style', 'log-level: info', /did you mean "logLevel"\?/],
    ['an unknown key that is near to none', 'colour: red', /unknown key "colour": known keys are server, token/],
    ['a file that holds no object', '- a\n- b', /must hold one object/],
    ['a file that is no YAML', 'a: [', /agent\.yaml cannot be read/],
    ['a value of the wrong type', 'server: http://127.0.0.1\nworkers: many', /workers: .*expected number/],
    ['a token of another kind', 'server: http://127.0.0.1\ntoken: ssa_integration', /token: is no enrolment token: that begins with sse_/],
    ['no server', 'name: lonely', /server: tell the agent its server, with --server/],
  ])('refuses %s', async (_what, content, message) => {
    const config = file('agent.yaml', content);
    await expect(loadAgentConfig({ config }, {})).rejects.toThrow(message);
    await expect(loadAgentConfig({ config }, {})).rejects.toBeInstanceOf(ConfigError);
  });

  it('refuses a file that is not there, by name', async () => {
    await expect(loadAgentConfig({ config: join(folder, 'none.yaml') }, {})).rejects.toThrow(/none\.yaml cannot be read/);
    await expect(loadAgentConfig({ ...SERVER, tokenFile: join(folder, 'none') }, {})).rejects.toThrow(/token file .*none cannot be read/);
  });

  it('never repeats a token in a message', async () => {
    const failure = await loadAgentConfig({ ...SERVER, token: 'hush-hush' }, {}).catch((error: unknown) => String(error));
    expect(failure).not.toContain('hush');
  });
});

describe('graphqlUrl', () => {
  it.each([
    ['http://127.0.0.1:4000', 'ws://127.0.0.1:4000/graphql'],
    ['https://far.example/', 'wss://far.example/graphql'],
    ['wss://far.example/swarm/', 'wss://far.example/swarm/graphql'],
    ['ws://[::1]:4000/graphql', 'ws://[::1]:4000/graphql'],
  ])('makes of %s %s', (written, url) => expect(graphqlUrl(written)).toBe(url));

  it.each([
    ['far.example', /is not a URL: give the address/],
    ['ftp://far.example', /begins with ftp:/],
    ['https://me:secret@far.example', /must not carry a user name/],
    ['https://far.example/?a=1', /without "\?a=1"/],
  ])('refuses %s', (written, message) => expect(() => graphqlUrl(written)).toThrow(message));

  it('knows what can be read on the way', () => {
    expect(['ws://far.example/graphql', 'ws://10.0.0.1/graphql'].map(isReadableOnTheWay)).toEqual([true, true]);
    expect(['wss://far.example/graphql', 'ws://127.0.0.1:4000/graphql', 'ws://[::1]/graphql'].map(isReadableOnTheWay)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
