import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { requireDevelopmentAtHome } from './development.js';
import { isNetwork } from './proxies.js';

const seconds = z.coerce.number().positive();

const networks = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim()))
  .pipe(z.array(z.string().refine(isNetwork, 'is no IP address or network, as in 10.0.0.0/8')));

const schema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  port: z.coerce.number().int().min(0).max(65535).default(4000).describe('Port to listen on; 0 takes a free one.'),
  databaseUrl: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a URL such as postgresql://user:password@host:5432/database' })
    .optional()
    .describe('PostgreSQL database; left out: SQLite in the data folder.'),
  redisUrl: z
    .url({ protocol: /^rediss?$/, error: 'must be a URL such as redis://:password@host:6379/0' })
    .optional()
    .describe('Redis, through which several servers on one PostgreSQL database tell each other what happens.'),
  settingsKey: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/, 'must be 32 bytes in base64, as `openssl rand -base64 32` prints them')
    .optional()
    .describe('Key of the secret probe settings, for several servers; left out: the file settings-key of the data folder.'),
  data: z.string().min(1).default('./data').describe('Folder of the database and the set-up token.'),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info').describe('Least level that is logged.'),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Address that browsers use, where it differs from host and port.'),
  trustProxy: z
    .stringbool()
    .or(z.boolean())
    .or(networks)
    .default(false)
    .describe('Believe X-Forwarded-For and X-Forwarded-Proto: of the nearest proxy (true), or of those at these addresses and networks.'),
  devWithoutLogin: z
    .stringbool()
    .or(z.boolean())
    .default(false)
    .describe('Development only: everyone on this machine is administrator. On loopback, with NODE_ENV=development.'),
  dashboard: z.string().optional().describe('Folder of the built dashboard.'),
  heartbeatSeconds: seconds.default(5).describe('How often agents are asked to report.'),
  staleAfterSeconds: seconds.default(12).describe('Silence after which an agent is STALE.'),
  offlineAfterSeconds: seconds.default(45).describe('Silence after which an agent is OFFLINE.'),
  revocationCheckSeconds: seconds.max(5).default(4).describe('How often the credentials of open sockets are checked again.'),
  pingSeconds: seconds
    .default(12)
    .describe('After how much silence an open WebSocket is pinged; one that stays silent for as long again is closed.'),
  initSeconds: seconds.default(10).describe('How long a WebSocket may be open without saying who it is.'),
  requestSeconds: seconds.default(30).describe('How long a request may take to arrive, and its headers half as long.'),
  sessionIdleHours: seconds.default(24 * 7).describe('A session without a request for so long ends.'),
  sessionHours: seconds.default(24 * 30).describe('A session ends after so long in any case.'),
});

/** Everything that a server can be told; times in the unit of the name. */
export type ServerConfig = z.output<typeof schema>;
/** What may be given: what is left out has a default. */
export type ServerOptions = z.input<typeof schema>;

/** The option that an environment variable sets. */
export const ENVIRONMENT: Readonly<Record<string, keyof ServerOptions>> = {
  DATABASE_URL: 'databaseUrl',
  REDIS_URL: 'redisUrl',
  STREAMSWARM_SETTINGS_KEY: 'settingsKey',
  STREAMSWARM_HOST: 'host',
  STREAMSWARM_PORT: 'port',
  STREAMSWARM_DATA: 'data',
  STREAMSWARM_LOG_LEVEL: 'logLevel',
  STREAMSWARM_PUBLIC_URL: 'publicUrl',
  STREAMSWARM_TRUST_PROXY: 'trustProxy',
  STREAMSWARM_DEV_WITHOUT_LOGIN: 'devWithoutLogin',
};

/** What an option means and its default, for the documentation. */
export function describeOption(option: keyof ServerOptions): { readonly description: string; readonly initial: string } {
  const field: z.ZodType = schema.shape[option];
  const initial = field.safeParse(undefined).data;
  return { description: field.description ?? '', initial: initial === undefined ? '' : String(initial) };
}

/**
 * A server's configuration: the options given, then the environment (`STREAMSWARM_PORT` and so on), then defaults.
 *
 * @throws Error whose message names every option that is unknown or has a value that is not allowed.
 */
export function loadConfig(options: ServerOptions = {}, environment: NodeJS.ProcessEnv = process.env): ServerConfig {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const parsed = schema.safeParse({ ...fromEnvironment(environment), ...given });
  if (!parsed.success) throw new Error(`the server's configuration is not valid:\n${z.prettifyError(parsed.error)}`);
  const config = parsed.data;
  if (config.staleAfterSeconds >= config.offlineAfterSeconds) {
    throw new Error("the server's configuration is not valid: staleAfterSeconds must be less than offlineAfterSeconds");
  }
  if (config.redisUrl !== undefined && config.databaseUrl === undefined) {
    throw new Error(
      "the server's configuration is not valid: REDIS_URL is for several servers, which share a PostgreSQL database: set DATABASE_URL too",
    );
  }
  if (config.redisUrl !== undefined && config.settingsKey === undefined) {
    throw new Error(
      "the server's configuration is not valid: several servers need the same key for secret settings: set STREAMSWARM_SETTINGS_KEY to what `openssl rand -base64 32` prints",
    );
  }
  if (config.devWithoutLogin) requireDevelopmentAtHome(config, environment.NODE_ENV);
  return { ...config, dashboard: config.dashboard ?? builtDashboard() };
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, option] of Object.entries(ENVIRONMENT)) {
    const value = environment[name];
    if (value !== undefined && value !== '') found[option] = value;
  }
  return found;
}

/** `dist/dashboard` of the package, the same from the sources and from dist. */
function builtDashboard(): string {
  return join(packageRoot(), 'dist', 'dashboard');
}

/** The folder of the package's package.json. @throws Error when there is none above this file. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('package.json not found above the server');
    folder = parent;
  }
  return folder;
}
