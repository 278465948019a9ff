import type { EntityManager } from '../orm.js';
import { SystemSetting } from '../entities/system-setting.js';
import type { SettingsCipher } from './tests/cipher.js';

/** Key of the row of `system_setting` that tells whether a key of secret settings is the database's. */
export const KEY_CHECK = 'internal.settings-key-check';
const OWNER = 'settings-key-check';
const KNOWN = 'this key';

/**
 * Sees to it that this server has the key with which the database's secret settings were encrypted: with another one it could neither hand them to
 * agents nor keep them through an edit.
 *
 * @throws Error that says what to set
 */
export async function checkSettingsKey(em: EntityManager, cipher: SettingsCipher): Promise<void> {
  const mark = { key: KEY_CHECK, value: cipher.encrypt(KNOWN, OWNER), updatedAt: new Date(), updatedBy: null };
  await em.upsert(SystemSetting, mark, { onConflictAction: 'ignore' });
  const stored = await em.findOneOrFail(SystemSetting, { key: KEY_CHECK }, { refresh: true });
  if (!opensKeyCheck(cipher, stored.value)) {
    throw new Error(
      'the secret settings in this database were encrypted with another key: give this server that key by STREAMSWARM_SETTINGS_KEY, or the data folder with its file settings-key',
    );
  }
}

/** Whether the value of `KEY_CHECK` was made with the cipher's key. */
export function opensKeyCheck(cipher: SettingsCipher, value: unknown): boolean {
  try {
    return typeof value === 'string' && cipher.decrypt(value, OWNER) === KNOWN;
  } catch {
    // Authenticated encryption says no by throwing: that is the answer.
    return false;
  }
}
