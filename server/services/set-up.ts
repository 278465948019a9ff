import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EntityManager } from '../orm.js';
import { SystemSetting } from '../entities/system-setting.js';
import { User } from '../entities/user.js';
import { hashSecret, newSecret, sameHash } from '../secrets.js';

const KEY = 'internal.setup-token';

/** The one-time token that lets a person make the first administrator. In `DATA/setup-token` until it is used; the database has its hash. */
export class SetUpService {
  private readonly file: string;

  /** `alone`: no other server shares the database. */
  constructor(
    folder: string,
    private readonly alone = true,
  ) {
    this.file = join(folder, 'setup-token');
  }

  async required(em: EntityManager): Promise<boolean> {
    return (await em.count(User)) === 0;
  }

  /**
   * The token that is valid now, made where there is none; null once an administrator exists, and where another server of the same database made it:
   * that one has printed the link. A restart keeps it, so that a printed link stays good.
   */
  async token(em: EntityManager): Promise<string | null> {
    if (!(await this.required(em))) {
      await this.forget(em);
      return null;
    }
    const written = await this.written();
    if (written !== undefined && (await this.matches(em, written))) return written;
    const token = newSecret('setUp');
    const setting = { key: KEY, value: hashSecret(token), updatedAt: new Date(), updatedBy: null };
    await em.upsert(SystemSetting, setting, this.alone ? {} : { onConflictAction: 'ignore' });
    if (!(await this.matches(em, token))) return null;
    await this.write(token);
    return token;
  }

  /** Whether this is the token; in constant time. */
  async matches(em: EntityManager, token: string): Promise<boolean> {
    const setting = await em.findOne(SystemSetting, { key: KEY }, { refresh: true });
    return typeof setting?.value === 'string' && sameHash(setting.value, hashSecret(token));
  }

  /** The token was used: its hash goes, then its file. */
  async forget(em: EntityManager): Promise<void> {
    await em.nativeDelete(SystemSetting, { key: KEY });
    await rm(this.file, { force: true });
  }

  private async written(): Promise<string | undefined> {
    try {
      return (await readFile(this.file, 'utf8')).trim();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** By a new file that takes the old one's place: whoever reads sees a whole token, and its mode never was wider than 0600. */
  private async write(token: string): Promise<void> {
    const fresh = `${this.file}.new`;
    await rm(fresh, { force: true });
    await writeFile(fresh, token, { mode: 0o600, flag: 'wx' });
    await rename(fresh, this.file);
  }
}
