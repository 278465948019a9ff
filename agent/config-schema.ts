import { isIP } from 'node:net';
import { availableParallelism, hostname } from 'node:os';
import { z } from 'zod';
import { KEY_PATTERN, KEY_RULE } from '../probes/kernel/stamp/seal.js';
import type { ReflectorConfig } from '../probes/reflector/reflector.js';
import { graphqlUrl } from './server-url.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const MEBIBYTE = 2 ** 20;

/** Threads that measure: one core is left to the rest of the host, and four serve thousands of targets. */
function defaultWorkers(): number {
  return Math.max(1, Math.min(4, availableParallelism() - 1));
}

function checkedUrl(text: string, context: z.RefinementCtx): string {
  try {
    return graphqlUrl(text);
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : String(error));
    return z.NEVER;
  }
}

/** What belongs together is given together: a reflector listens where it is told, and never without a key. */
function checkReflector(
  { reflectorPort, ...others }: { readonly reflectorPort?: number; readonly reflectorAddress?: string; readonly reflectorKey?: string },
  context: z.RefinementCtx,
): void {
  const given = { reflectorAddress: others.reflectorAddress, reflectorKey: others.reflectorKey };
  for (const [setting, value] of Object.entries(given)) {
    if (reflectorPort !== undefined && value === undefined)
      context.addIssue({ code: 'custom', path: [setting], message: 'is needed with reflectorPort' });
    if (reflectorPort === undefined && value !== undefined)
      context.addIssue({ code: 'custom', path: [setting], message: 'does nothing without reflectorPort, which switches the reflector on' });
  }
}

/** Settings of an agent, as flags, environment and the configuration file give them; strict: an unknown key is an error. */
export const agentConfigSchema = z.strictObject({
  server: z.string('tell the agent its server, with --server, STREAMSWARM_SERVER or "server" in the file').transform(checkedUrl),
  token: z.string().trim().startsWith('sse_', 'is no enrolment token: that begins with sse_ (create one in the dashboard, under Agents)').optional(),
  name: z.string().trim().min(1).max(200).default(() => hostname()),
  data: z.string().min(1).default('./data/agent'),
  logLevel: z.enum(LOG_LEVELS).default('info'),
  plugins: z.array(z.string().min(1)).default([]),
  workers: z.number().int().min(1).max(64).default(defaultWorkers),
  maxOutboxMb: z.number().min(1).max(1_000_000).default(256),
  reflectorPort: z.number().int().min(0).max(65_535).optional(),
  reflectorAddress: z.string().refine((text) => isIP(text) !== 0, 'must be an IP address of this host; 0.0.0.0 and :: are all of them').optional(),
  reflectorKey: z.string().regex(KEY_PATTERN, KEY_RULE).optional(),
}).superRefine(checkReflector); // prettier-ignore

/** The settings of an agent, complete. */
export interface AgentConfig {
  /** WebSocket address of the server's GraphQL API. */
  readonly server: string;
  /** Enrolment token; needed until the agent is registered. Never logged. */
  readonly token?: string;
  /** What the dashboard calls the agent. */
  readonly name: string;
  /** Folder of what the agent keeps: its secret, unsent results. */
  readonly data: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Package names or folders (relative to the working folder) of further probes. */
  readonly plugins: readonly string[];
  /** Threads that measure. */
  readonly workers: number;
  /** Room on disk for results that could not be sent yet, bytes. */
  readonly maxOutboxBytes: number;
  /** The reflector that it runs; undefined where it runs none. Its key is never logged. */
  readonly reflector?: ReflectorConfig;
}

/** The keys that a configuration file may have. */
export const CONFIG_KEYS: readonly string[] = [...Object.keys(agentConfigSchema.shape), 'tokenFile', 'reflectorKeyFile'];

/** Checks settings. @throws z.ZodError */
export function checkConfig(settings: unknown): AgentConfig {
  const { maxOutboxMb, reflectorAddress: address, reflectorPort: port, reflectorKey: key, ...config } = agentConfigSchema.parse(settings);
  const reflector = address === undefined || port === undefined || key === undefined ? {} : { reflector: { address, port, key } };
  return { ...config, ...reflector, maxOutboxBytes: maxOutboxMb * MEBIBYTE };
}
