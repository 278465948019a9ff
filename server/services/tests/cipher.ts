import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts settings that are secret, so that a copy of the database alone shows none. Any JSON value; `owner` binds it to its place. */
export class SettingsCipher {
  private constructor(private readonly source: () => Buffer) {}

  /**
   * With the key that was given, in base64, else that in `FOLDER/settings-key` (mode 0600), made at the first start. It is read when it is first needed:
   * what has nothing to do with secrets needs no key and makes none.
   */
  static open(folder: string, given?: string): SettingsCipher {
    let key: Buffer | undefined;
    return new SettingsCipher(() => (key ??= given === undefined ? keyOf(folder) : Buffer.from(given, 'base64')));
  }

  /** @throws Error when the data folder's file holds no key */
  encrypt(value: unknown, owner: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.source(), iv).setAAD(Buffer.from(owner));
    const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
  }

  /** @throws Error when the text was changed, belongs to another owner, or was made with another key */
  decrypt(text: string, owner: string): unknown {
    const bytes = Buffer.from(text, 'base64');
    const decipher = createDecipheriv(ALGORITHM, this.source(), bytes.subarray(0, IV_BYTES)).setAAD(Buffer.from(owner));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const body = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    return JSON.parse(body.toString('utf8')) as unknown;
  }
}

function keyOf(folder: string): Buffer {
  const path = join(folder, 'settings-key');
  const key = readKey(path) ?? makeKey(path);
  if (key.length !== KEY_BYTES) throw new Error(`${path} does not hold a key of ${KEY_BYTES} bytes`);
  return key;
}

function readKey(path: string): Buffer | undefined {
  try {
    return Buffer.from(readFileSync(path, 'utf8'), 'base64');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function makeKey(path: string): Buffer {
  const key = randomBytes(KEY_BYTES);
  writeFileSync(path, key.toString('base64'), { mode: 0o600, flag: 'wx' });
  return key;
}
