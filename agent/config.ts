import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { cosmiconfig, defaultLoaders } from 'cosmiconfig';
import { z } from 'zod';
import { checkConfig, CONFIG_KEYS, type AgentConfig } from './config-schema.js';
import { suggest } from './suggest.js';

export type { AgentConfig } from './config-schema.js';

/** What the command line gives; each wins over the environment, which wins over the file. */
export interface AgentFlags {
  readonly config?: string;
  readonly server?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly name?: string;
  readonly data?: string;
  readonly logLevel?: string;
  readonly plugins?: readonly string[];
  readonly workers?: number;
  readonly maxOutboxMb?: number;
  readonly reflectorAddress?: string;
  readonly reflectorPort?: number;
  readonly reflectorKeyFile?: string;
}

/** A configuration that cannot be used; the message says where, what is wrong and what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Settings = Readonly<Record<string, unknown>>;
type Environment = Readonly<Record<string, string | undefined>>;

const asNumber = (text: string): unknown => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text);
const asList = (text: string): string[] => text.split(',').map((part) => part.trim()).filter(Boolean); // prettier-ignore

/** The environment variable of each setting, and how its text is read. */
const VARIABLES: Readonly<Record<string, readonly [setting: string, read: (text: string) => unknown]>> = {
  STREAMSWARM_SERVER: ['server', String],
  STREAMSWARM_TOKEN: ['token', String],
  STREAMSWARM_TOKEN_FILE: ['tokenFile', String],
  STREAMSWARM_NAME: ['name', String],
  STREAMSWARM_DATA: ['data', String],
  STREAMSWARM_LOG_LEVEL: ['logLevel', String],
  STREAMSWARM_PLUGINS: ['plugins', asList],
  STREAMSWARM_WORKERS: ['workers', asNumber],
  STREAMSWARM_MAX_OUTBOX_MB: ['maxOutboxMb', asNumber],
  STREAMSWARM_REFLECTOR_ADDRESS: ['reflectorAddress', String],
  STREAMSWARM_REFLECTOR_PORT: ['reflectorPort', asNumber],
  STREAMSWARM_REFLECTOR_KEY: ['reflectorKey', String],
  STREAMSWARM_REFLECTOR_KEY_FILE: ['reflectorKeyFile', String],
};

/** The names of all environment variables that set something of an agent. */
export const AGENT_VARIABLES: readonly string[] = [...Object.keys(VARIABLES), 'STREAMSWARM_CONFIG'];

function withoutUndefined(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function fromEnvironment(env: Environment): Settings {
  const settings: Record<string, unknown> = {};
  for (const [variable, [setting, read]] of Object.entries(VARIABLES)) {
    const text = env[variable];
    if (text !== undefined && text !== '') settings[setting] = read(text);
  }
  return settings;
}

function unknownKey(key: string, file: string): ConfigError {
  const meant = suggest(key, CONFIG_KEYS);
  const hint = meant ? `did you mean "${meant}"?` : `known keys are ${CONFIG_KEYS.join(', ')}`;
  return new ConfigError(`${file}: unknown key "${key}": ${hint}`);
}

/** Reads a JSON or YAML file. A relative file or folder in it counts from the file's own folder. */
async function fromFile(path: string): Promise<Settings> {
  const explorer = cosmiconfig('streamswarm', { loaders: { noExt: defaultLoaders['.yaml'] } });
  const loaded: unknown = await explorer.load(path).then(
    (result) => result?.config as unknown,
    (error: unknown) => {
      throw new ConfigError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    },
  );
  const settings = z.record(z.string(), z.unknown()).safeParse(loaded ?? {});
  if (!settings.success) throw new ConfigError(`${path}: must hold one object, as in { "server": "http://127.0.0.1:4000" }`);
  const unknown = Object.keys(settings.data).find((key) => !CONFIG_KEYS.includes(key));
  if (unknown !== undefined) throw unknownKey(unknown, path);
  return fromFolder(settings.data, dirname(resolve(path)));
}

function fromFolder(settings: Settings, folder: string): Settings {
  const { tokenFile, reflectorKeyFile, plugins, data } = settings;
  const near = (text: unknown): unknown => (typeof text === 'string' ? resolve(folder, text) : text);
  const plugIn = (name: unknown): unknown => (typeof name === 'string' && name.startsWith('.') ? near(name) : name);
  return withoutUndefined({
    ...settings,
    tokenFile: near(tokenFile),
    reflectorKeyFile: near(reflectorKeyFile),
    data: near(data),
    plugins: Array.isArray(plugins) ? plugins.map(plugIn) : plugins,
  });
}

/** Settings that are secrets, each with the setting that names a file which holds it. */
const SECRET_FILES = [
  { secret: 'token', file: 'tokenFile', what: 'token' },
  { secret: 'reflectorKey', file: 'reflectorKeyFile', what: 'reflector key' },
] as const;

/** Puts the content of the files of secrets in their place. A secret given beside its file, by a stronger source, wins. */
function withSecrets(layers: readonly Settings[]): Settings {
  const settings: Record<string, unknown> = Object.assign({}, ...layers);
  for (const { secret, file, what } of SECRET_FILES) {
    const strongest = layers.findLast((layer) => layer[secret] !== undefined || layer[file] !== undefined);
    const path = strongest?.[file];
    if (strongest?.[secret] === undefined && typeof path === 'string') settings[secret] = readSecret(path, what);
  }
  const files: readonly string[] = SECRET_FILES.map(({ file }) => file);
  return Object.fromEntries(Object.entries(settings).filter(([setting]) => !files.includes(setting)));
}

function readSecret(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new ConfigError(`the ${what} file ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/**
 * The settings of an agent from the command line, the environment (STREAMSWARM_...) and the file that `--config` or STREAMSWARM_CONFIG names.
 *
 * @throws ConfigError that names the setting, what is wrong with it and what would be right; a secret is never part of a message
 */
export async function loadAgentConfig(flags: AgentFlags, env: Environment = process.env): Promise<AgentConfig> {
  const { config: flaggedPath, ...given } = flags;
  const path = flaggedPath ?? env.STREAMSWARM_CONFIG;
  const layers = [path ? await fromFile(path) : {}, fromEnvironment(env), withoutUndefined({ ...given })];
  try {
    return checkConfig(withSecrets(layers));
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw new ConfigError(error.issues.map(({ path: where, message }) => `${where.join('.')}: ${message}`).join('; '), { cause: error });
  }
}
