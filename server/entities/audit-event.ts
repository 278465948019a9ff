import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, ID, ObjectType } from 'type-graphql';
import { uuidv7 } from 'uuidv7';
import { Json } from '../scalars.js';

@ObjectType({ description: 'Something that a person, an integration or an agent did, or was refused. Appended, never changed.' })
@Entity({ tableName: 'audit_event' })
export class AuditEvent {
  @Field(() => ID, { description: 'UUIDv7.' })
  @PrimaryKey({ type: 'string' })
  id: string = uuidv7();

  @Field(() => Date, { description: 'When.' })
  @Property({ type: 'datetime' })
  at: Date = new Date();

  @Field(() => String, { description: 'Who: user:NAME, token:NAME, agent:NAME, or nobody where nobody was signed in.' })
  @Property({ type: 'string' })
  actor!: string;

  @Field(() => String, { description: 'What: login, login.refused, denied, token.create and the like.' })
  @Property({ type: 'string' })
  action!: string;

  @Field(() => String, { nullable: true, description: 'Whom or what it was done to.' })
  @Property({ type: 'string', nullable: true })
  subject: string | null = null;

  @Field(() => Json, { nullable: true, description: 'More about it; never a secret.' })
  @Property({ type: 'json', nullable: true })
  details: unknown = null;

  @Field(() => String, { nullable: true, description: 'The IP address that it came from.' })
  @Property({ type: 'string', nullable: true })
  remoteAddress: string | null = null;
}
