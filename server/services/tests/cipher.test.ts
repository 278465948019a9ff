import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SettingsCipher } from './cipher.js';

describe('the cipher of secret settings', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'streamswarm-cipher-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('gives back any JSON value, after a restart too, and shows nothing of it', () => {
    const secret = { user: 'ada', pins: [1, 2] };
    const text = SettingsCipher.open(folder).encrypt(secret, 'http.login');
    expect(Buffer.from(text, 'base64').toString('latin1')).not.toContain('ada');
    expect(SettingsCipher.open(folder).decrypt(text, 'http.login')).toEqual(secret);
  });

  it('refuses what was changed or stands in another place', () => {
    const cipher = SettingsCipher.open(folder);
    const text = cipher.encrypt('4711', 'tide.pin');
    expect(() => cipher.decrypt(text, 'http.password')).toThrow();
    const bytes = Buffer.from(text, 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect(() => cipher.decrypt(bytes.toString('base64'), 'tide.pin')).toThrow();
  });

  it('keeps its key where only the owner reads it', async () => {
    expect((await stat(join(folder, 'settings-key'))).mode & 0o777).toBe(0o600);
  });
});
