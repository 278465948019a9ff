import { join } from 'node:path';
import { Agent } from './agent.js';
import type { AgentConfig } from './config-schema.js';
import { AgentIdentity } from './identity.js';
import { createLogger, type Logger } from './log.js';
import { Outbox } from './outbox.js';
import { ProbePool } from './pool.js';

export type { AgentConfig } from './config-schema.js';
export { loadAgentConfig, type AgentFlags } from './config.js';

/** An agent that measures. */
export interface RunningAgent {
  /** As the server knows it. */
  readonly agentId: string;
  /** Settles when the agent has stopped. */
  readonly stopped: Promise<void>;
  /** Lets runs under way end (for a few seconds), sends what it can, keeps the rest on disk, closes everything. */
  stop(): Promise<void>;
}

/** What a caller may change about how an agent starts. */
export interface StartOptions {
  /** Stops the agent, also one that waits for a server which is not there yet. */
  readonly signal?: AbortSignal;
  readonly log?: Logger;
}

/**
 * Starts an agent. Settles as soon as it is registered: at once where it was before, else when the server has answered.
 * It measures what it is assigned, whether the server is there or not, until it is stopped.
 *
 * @throws Error when its data folder is in use or damaged, when its reflector cannot listen, or when it is stopped before it was ever registered
 */
export async function startAgent(
  config: AgentConfig,
  { signal, log = createLogger(config.logLevel) }: StartOptions = {},
): Promise<RunningAgent> {
  const identity = AgentIdentity.open(config.data);
  const onTrouble = (message: string): void => log.warn(message);
  const outbox = await Outbox.open(join(config.data, 'outbox'), { maxBytes: config.maxOutboxBytes, onTrouble }).catch((error: unknown) => {
    identity.release();
    throw error;
  });
  const pool = new ProbePool({ workers: config.workers, sources: { plugins: config.plugins, base: process.cwd() }, onTrouble });
  const agent = new Agent({ config, identity, outbox, pool, log });
  stopWhen(signal, agent);
  try {
    const agentId = await agent.start();
    return { agentId, stopped: agent.stopped, stop: () => agent.stop() };
  } catch (error) {
    await agent.stop();
    throw error;
  }
}

function stopWhen(signal: AbortSignal | undefined, agent: Agent): void {
  const asked = (): void => void agent.stop();
  signal?.addEventListener('abort', asked, { once: true });
  if (signal?.aborted) asked();
  void agent.stopped.then(() => signal?.removeEventListener('abort', asked));
}
