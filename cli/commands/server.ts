import { Command } from 'commander';
import { createApp, type App } from '../../server/app.js';
import { loadConfig } from '../../server/config.js';
import { untilAskedToStop } from '../signals.js';
import { explainListenError } from './listen-error.js';
import { logLevelOption, portNumber } from './options.js';
import { serveParent } from '../parent-channel.js';

interface Options {
  port?: number;
  host?: string;
  data?: string;
  publicUrl?: string;
  trustProxy?: boolean;
  logLevel?: 'info';
}

/** `streamswarm server`: the server alone. */
export function serverCommand(): Command {
  return new Command('server')
    .description('run the server alone: agents on other hosts connect to it')
    .option('--port <number>', 'port to listen on (default: 4000)', portNumber)
    .option('--host <address>', 'address to listen on (default: 127.0.0.1; 0.0.0.0 for every interface)')
    .option('--data <folder>', 'where the database is kept (default: ./data)')
    .option('--public-url <url>', 'address that browsers use, where it differs from host and port')
    .option('--trust-proxy', 'believe X-Forwarded-For and X-Forwarded-Proto: only behind a proxy that sets them')
    .addOption(logLevelOption())
    .action(async (options: Options) => runServer(options));
}

async function runServer(options: Options): Promise<void> {
  const config = loadConfig(options);
  const app = await createApp(config).catch((error: unknown) => {
    throw explainListenError(error, config);
  });
  if (process.send) serveParent(app, config.data);
  else announce(app);
  await untilAskedToStop();
  await app.close();
}

function announce(app: App): void {
  console.log(`StreamSwarm listens on ${app.url}`);
  if (app.setupUrl) console.log(`First start: create the administrator at ${app.setupUrl}`);
}
