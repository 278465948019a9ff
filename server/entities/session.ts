import { Entity, ManyToOne, PrimaryKey, Property, type Rel } from '@mikro-orm/core';
import { User } from './user.js';

/** A person's sign-in. Its secret lives in the cookie alone; the id is the secret's SHA-256. */
@Entity({ tableName: 'session' })
export class Session {
  @PrimaryKey({ type: 'string' })
  id!: string;

  /** What people know it by. */
  @Property({ type: 'string' })
  handle!: string;

  @ManyToOne(() => User)
  user!: Rel<User>;

  @Property({ type: 'datetime' })
  createdAt: Date = new Date();

  @Property({ type: 'datetime' })
  lastUsedAt: Date = new Date();

  /** Browser and system, as they said themselves. */
  @Property({ type: 'string', nullable: true })
  device: string | null = null;

  @Property({ type: 'string', nullable: true })
  remoteAddress: string | null = null;

  /** The absolute limit; the idle limit follows from lastUsedAt. */
  @Property({ type: 'datetime' })
  expiresAt!: Date;
}
