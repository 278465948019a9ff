import { Entity, Enum, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { uuidv7 } from 'uuidv7';
import { Role, TokenKind } from './enums.js';

@ObjectType({ description: 'A secret for an integration, or one that registers agents. Only its hash is kept.' })
@Entity({ tableName: 'api_token' })
export class ApiToken {
  @Field(() => ID, { description: 'UUIDv7.' })
  @PrimaryKey({ type: 'string' })
  id: string = uuidv7();

  @Field(() => String, { description: 'What people call it.' })
  @Property({ type: 'string' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it is for.' })
  @Property({ type: 'text', nullable: true })
  description: string | null = null;

  @Field(() => TokenKind, { description: 'What it can be used for.' })
  @Enum({ items: () => TokenKind, type: 'string' })
  kind!: TokenKind;

  @Field(() => Role, { nullable: true, description: 'What an API token may do; null for ENROLLMENT.' })
  @Enum({ items: () => Role, type: 'string', nullable: true })
  role: Role | null = null;

  /** SHA-256 of the secret, hex: 256 random bits need no slow hash. */
  @Property({ type: 'string', hidden: true })
  secretHash!: string;

  @Field(() => String, { description: "The secret's first characters, to recognise it by." })
  @Property({ type: 'string' })
  prefix!: string;

  @Field(() => Int, { description: 'How many agents an ENROLLMENT token registered so far; requests of an API token are not counted.' })
  @Property({ type: 'integer' })
  uses: number = 0;

  @Field(() => Int, {
    nullable: true,
    description: 'How many agents an ENROLLMENT token may register; null: any number, and for API tokens.',
  })
  @Property({ type: 'integer', nullable: true })
  maxUses: number | null = null;

  @Field(() => Date, { description: 'When it was made.' })
  @Property({ type: 'datetime' })
  createdAt: Date = new Date();

  @Field(() => Date, { nullable: true, description: 'When it stops to work; null: never.' })
  @Property({ type: 'datetime', nullable: true })
  expiresAt: Date | null = null;

  @Field(() => Date, { nullable: true, description: 'When it was last used, to the minute.' })
  @Property({ type: 'datetime', nullable: true })
  lastUsedAt: Date | null = null;

  @Property({ type: 'datetime', nullable: true })
  revokedAt: Date | null = null;
}
