import { createApp, type App } from '../server/app.js';
import { loadConfig, type ServerConfig } from '../server/config.js';
import { explainListenError } from './commands/listen-error.js';
import { serveParent } from './parent-channel.js';
import { untilAskedToStop } from './signals.js';

/** Options of `streamswarm server`. */
export interface ServerOptions {
  port?: number;
  host?: string;
  data?: string;
  publicUrl?: string;
  trustProxy?: boolean;
  devWithoutLogin?: boolean;
  logLevel?: 'info';
}

/** Runs a server until somebody stops it. @throws Error that a person can act on when it cannot listen */
export async function runServer(options: ServerOptions): Promise<void> {
  const config = loadConfig(options);
  const app = await createApp(config).catch((error: unknown) => {
    throw explainListenError(error, config);
  });
  if (process.send) serveParent(app, config.data);
  else announce(app, config);
  await untilAskedToStop();
  await app.close();
}

function announce(app: App, config: ServerConfig): void {
  console.log(`StreamSwarm listens on ${app.url}`);
  if (config.devWithoutLogin) console.log('DEVELOPMENT MODE without login: everyone on this machine is administrator.');
  else if (app.setupUrl) console.log(`First start: create the administrator at ${app.setupUrl}`);
}
