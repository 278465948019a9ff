import { Command } from 'commander';
import { loadAgentConfig, startAgent, type AgentFlags } from '../../agent/main.js';
import { quietEngine } from '../quiet-engine.js';
import { untilAskedToStop } from '../signals.js';
import { logLevelOption, portNumber, wholeNumber } from './options.js';

interface Options extends Omit<AgentFlags, 'plugins'> {
  plugin?: string[];
}

/** `streamswarm agent`: measures on this host what a server assigns to it. */
export function agentCommand(): Command {
  return new Command('agent')
    .description('run an agent: it measures on this host what the server assigns to it')
    .option('--server <url>', 'address of the server: http(s)://host:port (or STREAMSWARM_SERVER)')
    .option(
      '--token <secret>',
      'enrolment token, for the first start; better in STREAMSWARM_TOKEN or a file, which other users cannot read',
    )
    .option('--token-file <file>', 'file that holds the enrolment token (or STREAMSWARM_TOKEN_FILE)')
    .option('--name <name>', "what the dashboard calls this agent (default: the host's name)")
    .option('--data <folder>', 'where the agent keeps its secret and unsent results (default: ./data/agent)')
    .option('--plugin <name...>', 'package names or folders of further probes')
    .option('--workers <number>', 'threads that measure', wholeNumber)
    .option('--max-outbox-mb <number>', 'room for results that could not be sent yet, MiB (default: 256)', wholeNumber)
    .option('--reflector-port <number>', 'answer the STAMP packets of other agents on this UDP port (default: off)', portNumber)
    .option('--reflector-address <address>', 'the address of this host on which the reflector listens')
    .option('--reflector-key-file <file>', 'file that holds the key which senders must know (or STREAMSWARM_REFLECTOR_KEY_FILE)')
    .option('--config <file>', 'JSON or YAML file with any of these settings')
    .addOption(logLevelOption())
    .action(async (options: Options) => runAgent(options));
}

async function runAgent({ plugin, ...flags }: Options): Promise<void> {
  quietEngine();
  const config = await loadAgentConfig({ ...flags, plugins: plugin });
  const asked = new AbortController();
  const stop = untilAskedToStop().then(() => asked.abort());
  const agent = await startAgent(config, { signal: asked.signal }).catch((error: unknown) => {
    // Stopped before it could register: that is what was asked for.
    if (asked.signal.aborted) return undefined;
    throw error;
  });
  await Promise.race([stop, agent?.stopped]);
  await agent?.stop();
}
