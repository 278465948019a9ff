import type { Command } from 'commander';
import { adminCommand, print, type AdminOptions } from './options.js';
import { withAdministration } from './with-administration.js';

/** `streamswarm purge`: what a server does by itself every hour, now. */
export function purgeCommand(): Command {
  return adminCommand(
    'purge',
    'remove now what the server would within the hour: deleted tests, what is older than is kept, sessions that ended',
  ).action(async (options: AdminOptions) => {
    const removed = await withAdministration(options, async ({ services, caller }) => {
      await services.purge.run();
      const aged = await services.retention.run(Date.now(), new AbortController().signal);
      const sessions = await services.sessions.sweep(caller().em);
      await services.audit.record(caller(), { action: 'purge', details: { ...aged, sessions } });
      return { ...aged, sessions };
    });
    print(options, removed, () => Object.entries(removed).map(([what, count]) => `${what}: ${String(count)} removed`).join('\n')); // prettier-ignore
  });
}
