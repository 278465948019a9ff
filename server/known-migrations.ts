import type { Orm } from './orm.js';
import { schemaState } from './schema-state.js';

/**
 * Refuses a database that a newer version has migrated: this one would write what that schema does not mean.
 *
 * @throws Error that says what to do
 */
export async function requireKnownMigrations(orm: Orm): Promise<void> {
  const { unknown } = await schemaState(orm);
  if (unknown.length === 0) return;
  throw new Error(
    `this database was upgraded by a newer version of StreamSwarm (${unknown.join(', ')}): start that version or a later one, or restore a backup that was made before`,
  );
}
