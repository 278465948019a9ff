import { Entity, Enum, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, ID, ObjectType } from 'type-graphql';
import { uuidv7 } from 'uuidv7';
import { Role } from './enums.js';

@ObjectType({ description: 'A person who can sign in. Soft-deleted: what they made still names them.' })
@Entity({ tableName: 'user' })
export class User {
  @Field(() => ID, { description: 'UUIDv7.' })
  @PrimaryKey({ type: 'string' })
  id: string = uuidv7();

  @Field(() => String, { description: 'The name to sign in with; unique without regard to case.' })
  @Property({ type: 'string' })
  username!: string;

  @Property({ type: 'string', nullable: true })
  email: string | null = null;

  @Field(() => Role, { description: 'What the person may do.' })
  @Enum({ items: () => Role, type: 'string' })
  role!: Role;

  @Field(() => Boolean, { description: 'False: the person cannot sign in.' })
  @Property({ type: 'boolean' })
  active: boolean = true;

  /** Argon2id, in the PHC string format. */
  @Property({ type: 'string', hidden: true })
  passwordHash!: string;

  @Field(() => Date, { description: 'When the account was made.' })
  @Property({ type: 'datetime' })
  createdAt: Date = new Date();

  @Property({ type: 'datetime', nullable: true })
  lastLoginAt: Date | null = null;

  @Property({ type: 'datetime', nullable: true })
  deletedAt: Date | null = null;
}
