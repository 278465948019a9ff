import { Command } from 'commander';
import type { ServerOptions } from '../run-server.js';
import { devWithoutLoginOption, logLevelOption, portNumber } from './options.js';

/** `streamswarm server`: the server alone. */
export function serverCommand(): Command {
  return new Command('server')
    .description('run the server alone: agents on other hosts connect to it')
    .option('--port <number>', 'port to listen on (default: 4000)', portNumber)
    .option('--host <address>', 'address to listen on (default: 127.0.0.1; 0.0.0.0 for every interface)')
    .option('--data <folder>', 'where the database is kept (default: ./data)')
    .option('--public-url <url>', 'address that browsers use, where it differs from host and port')
    .option('--trust-proxy', 'believe X-Forwarded-For and X-Forwarded-Proto: only behind a proxy that sets them')
    .addOption(devWithoutLoginOption())
    .addOption(logLevelOption())
    .action(async (options: ServerOptions) => {
      // Loaded here, not above: an agent, whose memory counts, is started by the same program and needs nothing of the server.
      const { runServer } = await import('../run-server.js');
      await runServer(options);
    });
}
