import { createApp, type App } from './app.js';
import { loadConfig, type ServerOptions } from './config.js';
import { limitHeapGrowth } from './heap-growth.js';
import { createLogger } from './logger.js';

/**
 * Starts a server from options, the environment and defaults, and closes it in order when the process is told to end
 * (SIGINT, SIGTERM); a second signal ends it at once.
 *
 * @throws Error when the configuration is not valid or the server cannot start
 */
export async function startServer(options: ServerOptions = {}): Promise<App> {
  limitHeapGrowth();
  const config = loadConfig(options);
  const log = createLogger(config.logLevel);
  const app = await createApp(config, log);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'closing');
      app.close().then(
        () => log.info('closed'),
        (error: unknown) => {
          log.fatal({ err: error }, 'could not close in order');
          process.exitCode = 1;
        },
      );
    });
  }
  return app;
}
