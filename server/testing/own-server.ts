import { afterEach, beforeEach } from 'vitest';
import { startTestApp, type TestApp } from './app.js';
import type { HttpClient } from './client.js';
import { setUpAdmin } from './people.js';

/** What each test of a `describe` finds: a server of its own, and a client signed in as its first administrator. */
export interface OwnServer {
  readonly app: TestApp;
  readonly admin: HttpClient;
}

/** Starts a server before each test of the `describe` that this is called in, and ends it after. What it returns is there inside the tests alone. */
export function ownServer(): OwnServer {
  let running: OwnServer | undefined;
  const now = (): OwnServer => {
    if (!running) throw new Error('the server runs inside the tests alone');
    return running;
  };
  beforeEach(async () => {
    const app = await startTestApp();
    running = { app, admin: await setUpAdmin(app) };
  });
  afterEach(async () => {
    await running?.app.end();
    running = undefined;
  });
  return {
    get app() {
      return now().app;
    },
    get admin() {
      return now().admin;
    },
  };
}
