import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { AGENT_VARIABLES } from '../agent/config.js';
import { agentCommand } from '../cli/commands/agent.js';
import { serverCommand } from '../cli/commands/server.js';
import { ENVIRONMENT, loadConfig } from '../server/config.js';
import { parseCompose, parseDockerfile, parseUnit, read, ROOT, type Service } from './parse.js';

const SERVER_VARIABLES = Object.keys(ENVIRONMENT);
const dockerfile = parseDockerfile(read('Dockerfile'));
const nginx = read('nginx.conf');
const image = (name: string): string[] => dockerfile.filter((each) => each.name === name).map(({ rest }) => rest);
const imageEnvironment = Object.fromEntries(
  image('ENV').map((text): [string, string] => [text.split('=')[0] ?? '', text.split('=')[1] ?? '']),
);
const isServer = ({ build }: Service): boolean => build !== undefined;

/** What `${NAME:-default}` and `${NAME:?message}` become. */
function filledIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(
    /\$\{(\w+):([-?])([^}]*)\}/g,
    (_, name: string, kind: string, rest: string) => values[name] ?? (kind === '-' ? rest : ''),
  );
}

/** What a command line is: `node dist/cli/main.js COMMAND OPTION...` with options that the command declares. */
function expectCommandLine(line: string, command: Command): void {
  const [program, script, name, ...args] = line.split(/\s+/);
  expect(program).toBe('/usr/bin/node');
  expect(script).toBe('/opt/streamswarm/dist/cli/main.js');
  expect(name).toBe(command.name());
  const options = args.filter((arg) => arg.startsWith('-')).map((arg) => arg.split('=')[0]);
  expect(command.options.flatMap(({ long, short }) => [long, short])).toEqual(expect.arrayContaining(options));
}

describe('the Dockerfile', () => {
  it('copies from the project only what is there and what .dockerignore lets through', () => {
    const copied = image('COPY').filter((rest) => !rest.startsWith('--from='));
    const sources = copied.flatMap((rest) => rest.split(' ').slice(0, -1));
    expect(sources).toContain('package-lock.json');
    const allowed = ignored().filter((line) => line.startsWith('!')).map((line) => line.slice(1)); // prettier-ignore
    for (const source of sources) {
      expect(existsSync(join(ROOT, source)), source).toBe(true);
      expect(allowed).toContain(source);
    }
    expect(allowed.sort()).toEqual([...new Set(sources)].sort());
  });

  it('keeps out all that .dockerignore does not name, and the secrets of what it names', () => {
    expect(ignored()[0]).toBe('*');
    expect(ignored()).toContain('**/.env');
  });

  it('copies between stages only what an earlier stage has', () => {
    const stages = image('FROM').map((rest) => rest.split(' AS ')[1]);
    const from = image('COPY').flatMap((rest) => /^--from=(\S+)/.exec(rest)?.[1] ?? []);
    expect(from.length).toBeGreaterThan(0);
    expect(stages).toEqual(expect.arrayContaining(from));
  });

  it('builds by scripts that package.json has', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    const scripts = image('RUN').flatMap((rest) => [...rest.matchAll(/npm run (\S+)/g)].map((match) => match[1]));
    expect(scripts).toEqual(['build:node', 'build:dashboard']);
    expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(scripts));
  });

  it('sets only what the server knows, and that is a configuration, without a secret', () => {
    const { NODE_ENV, ...ours } = imageEnvironment;
    expect(NODE_ENV).toBe('production');
    expect(SERVER_VARIABLES).toEqual(expect.arrayContaining(Object.keys(ours)));
    expect(loadConfig({}, imageEnvironment)).toMatchObject({ host: '0.0.0.0', data: image('VOLUME')[0] });
    expect(Object.keys(ours).filter((name) => /KEY|TOKEN|URL/.test(name))).toEqual([]);
  });

  it('runs as a user of its own, is asked at /healthz, and exposes the port that the server listens on', () => {
    expect(image('USER')).toEqual(['streamswarm']);
    expect(image('HEALTHCHECK')[0]).toContain('/healthz');
    expect(image('EXPOSE')).toEqual([imageEnvironment.STREAMSWARM_PORT]);
  });

  it('runs a command that the program has', () => {
    expect(image('ENTRYPOINT')).toEqual(['["node", "dist/cli/main.js"]']);
    expect(image('CMD')).toEqual([`["${serverCommand().name()}"]`]);
  });
});

describe.each(['compose.yaml', 'compose.scaled.yaml'])('%s', (file) => {
  const { services, volumes } = parseCompose(file);
  const servers = Object.values(services).filter(isServer);

  it('gives the servers variables that they know, and together these are a configuration', () => {
    expect(servers.length).toBeGreaterThan(0);
    const secrets = { POSTGRES_PASSWORD: 'a1', STREAMSWARM_SETTINGS_KEY: Buffer.alloc(32).toString('base64') };
    for (const { environment } of servers) {
      expect(SERVER_VARIABLES).toEqual(expect.arrayContaining(Object.keys(environment)));
      const filled = Object.entries(environment).map(([name, value]) => [name, filledIn(value, secrets)] as const);
      expect(() => loadConfig({}, { ...imageEnvironment, ...Object.fromEntries(filled) })).not.toThrow();
    }
  });

  it('holds no secret: each comes from outside, or nothing starts', () => {
    const environments = Object.values(services).flatMap(({ environment }) => Object.entries(environment));
    for (const [name, value] of environments.filter(([name]) => /PASSWORD|KEY|^DATABASE_URL$/.test(name))) {
      expect(value, name).toMatch(/\$\{(POSTGRES_PASSWORD|STREAMSWARM_SETTINGS_KEY):\?/);
    }
  });

  it('builds the image from the root, and keeps its data in a declared volume', () => {
    for (const { build, volumes: mounted } of servers) {
      expect(existsSync(join(ROOT, 'deploy', build?.context ?? '', build?.dockerfile ?? ''))).toBe(true);
      const [volume, folder] = mounted[0]?.split(':') ?? [];
      expect(Object.keys(volumes)).toContain(volume);
      expect(folder).toBe(imageEnvironment.STREAMSWARM_DATA);
    }
  });

  it('opens its ports on this machine alone', () => {
    const ports = Object.values(services).flatMap((each) => each.ports);
    expect(ports.length).toBe(1);
    expect(ports[0]).toMatch(/^127\.0\.0\.1:/);
    expect(
      servers.map(({ environment }) =>
        filledIn(environment.STREAMSWARM_PUBLIC_URL ?? '', {})
          .split(':')
          .at(-1),
      ),
    ).toEqual(servers.map(() => ports[0]?.split(':')[1]));
  });

  it('waits for the health of parts that tell it', () => {
    for (const [name, { condition }] of Object.values(services).flatMap((each) => Object.entries(each.depends_on))) {
      expect(condition).toBe('service_healthy');
      const part = services[name];
      expect(part && (isServer(part) || part.healthcheck), name).toBeTruthy();
    }
  });
});

describe('nginx.conf and the compose files', () => {
  const { services } = parseCompose('compose.scaled.yaml');
  const port = imageEnvironment.STREAMSWARM_PORT;

  it('name the same servers, at the port on which they listen', () => {
    const upstreams = [...nginx.matchAll(/^\s*server (\S+:\d+) /gm)].map((match) => match[1]);
    const names = Object.keys(services).filter((name) => services[name] && isServer(services[name]));
    expect(names).toHaveLength(3);
    expect(upstreams).toEqual(names.map((name) => `${name}:${port}`));
  });

  it('agree on the port of nginx and on its file', () => {
    const listens = /listen (\d+);/.exec(nginx)?.[1];
    expect(services.nginx?.ports[0]?.split(':').at(-1)).toBe(listens);
    expect(services.nginx?.volumes[0]).toMatch(/^\.\/nginx\.conf:\/etc\/nginx\/conf\.d\/default\.conf:ro$/);
  });

  it('publish the port on which the one server listens', () => {
    expect(parseCompose('compose.yaml').services.server?.ports[0]?.split(':').at(-1)).toBe(port);
  });
});

const UNITS = [
  { file: 'streamswarm-server.service', command: serverCommand(), variables: SERVER_VARIABLES },
  { file: 'streamswarm-agent.service', command: agentCommand(), variables: AGENT_VARIABLES },
];

describe.each(UNITS)('$file', ({ file, command, variables }) => {
  const settings = parseUnit(read(file));
  const of = (key: string): string[] => settings.filter((each) => each.key === key).map(({ value }) => value);

  it('runs the command with options and variables that it declares', () => {
    expectCommandLine(of('ExecStart')[0] ?? '', command);
    const names = of('Environment').map((text) => text.split('=')[0] ?? '');
    expect(names.length).toBeGreaterThan(0);
    expect([...variables, 'HOME']).toEqual(expect.arrayContaining(names));
  });

  it('has a home: without one the program ends before it reads its options', () => {
    expect(of('Environment')).toContain(`HOME=%S/${of('StateDirectory')[0] ?? ''}`);
  });

  it('keeps its data in the folder that systemd makes for it', () => {
    expect(of('Environment')).toContain(`STREAMSWARM_DATA=%S/${of('StateDirectory')[0] ?? ''}`);
  });

  it('has no right that it does not need', () => {
    expect(of('DynamicUser')).toEqual(['yes']);
    expect(of('ProtectSystem')).toEqual(['strict']);
    expect(of('NoNewPrivileges')).toEqual(['yes']);
    expect(of('CapabilityBoundingSet')).toEqual([command.name() === 'agent' ? 'CAP_NET_RAW' : '']);
    expect(of('AmbientCapabilities')).toEqual(command.name() === 'agent' ? ['CAP_NET_RAW'] : []);
  });

  const verifier = spawnSync('systemd-analyze', ['--version']).status === 0;
  it.skipIf(!verifier)(`is accepted by systemd-analyze verify${verifier ? '' : ' (skipped: systemd-analyze is not installed)'}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'streamswarm-unit-'));
    try {
      // Node stands elsewhere on some machines: the verifier asks whether the program exists.
      writeFileSync(join(folder, file), read(file).replace('/usr/bin/node', process.execPath));
      const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', join(folder, file)], { encoding: 'utf8' });
      expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: '' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('README.md', () => {
  it('names only files that are here, and variables that the server, the agent or the compose files know', () => {
    const text = read('README.md');
    for (const [, name = ''] of text.matchAll(/deploy\/([\w.-]+\.(?:yaml|service))/g))
      expect(existsSync(join(ROOT, 'deploy', name)), name).toBe(true);
    const named = [...text.matchAll(/\b(?:STREAMSWARM_[A-Z_]+|DATABASE_URL|REDIS_URL|POSTGRES_[A-Z]+)\b/g)].map(([name]) => name);
    expect([...SERVER_VARIABLES, ...AGENT_VARIABLES, 'POSTGRES_PASSWORD']).toEqual(expect.arrayContaining(named));
  });
});

function ignored(): string[] {
  return read('../.dockerignore').split('\n').filter((line) => line !== '' && !line.startsWith('#')); // prettier-ignore
}
