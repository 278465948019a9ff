import { NOBODY } from '../identity.js';
import type { SettingKey, SettingValue } from '../services/settings/definitions.js';
import type { TestApp } from './app.js';

/** Changes a setting of a running server, as an administrator would. */
export async function setSetting<K extends SettingKey>(app: TestApp, key: K, value: SettingValue<K>): Promise<void> {
  await app.services.settings.set({ em: app.orm.em.fork(), identity: NOBODY, remoteAddress: 'a test' }, key, value);
}
