import type { App } from '../server/app.js';
import { ensureFirstTest } from './first-test.js';
import type { ParentMessage, ServerMessage } from './messages.js';

/** Lets `up`, the parent process, enrol its local agent and ask for the first test. Only a parent has this channel: it is no network service. */
export function serveParent(app: App, data: string): void {
  const tell = (message: ServerMessage): void => {
    if (process.connected) process.send?.(message);
  };
  process.on('message', (message: ParentMessage) => {
    answer(app, data, message).then(
      (reply) => reply && tell(reply),
      (error: unknown) => tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
    );
  });
  tell({ type: 'ready', url: app.url, setupUrl: app.setupUrl });
}

async function answer(app: App, data: string, message: ParentMessage): Promise<ServerMessage | undefined> {
  if (message.type === 'enroll') return { type: 'enrolled', secret: await app.createLocalEnrollment(message.name) };
  await ensureFirstTest(app, data, message.agentName);
  return undefined;
}
