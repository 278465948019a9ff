import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startTestApp } from './testing/app.js';

const key = (): string => randomBytes(32).toString('base64');

describe('the key of secret settings', () => {
  it('is the one that the database was first used with: a server with another key says so and does not start', async () => {
    const app = await startTestApp();
    await app.close();
    await expect(startTestApp({ settingsKey: key() }, app.folder)).rejects.toThrow(/encrypted with another key.*STREAMSWARM_SETTINGS_KEY/);
    const again = await startTestApp({}, app.folder);
    await again.close();
    await rm(join(app.folder, 'settings-key'));
    await expect(startTestApp({}, app.folder)).rejects.toThrow(/encrypted with another key/);
    await app.end();
  });

  it('can be given, so that several servers have the same', async () => {
    const settingsKey = key();
    const app = await startTestApp({ settingsKey });
    await app.close();
    const again = await startTestApp({ settingsKey }, app.folder);
    await again.end();
  });
});
