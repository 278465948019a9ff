import { Entity, Enum, ManyToOne, PrimaryKey, Property, type Rel } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { uuidv7 } from 'uuidv7';
import { Agent } from './agent.js';
import { TargetKind } from './test-enums.js';

@ObjectType({ description: 'What tests aim at. The same address is the same target in every test.' })
@Entity({ tableName: 'target' })
export class Target {
  @Field(() => ID, { description: 'UUIDv7.' })
  @PrimaryKey({ type: 'string' })
  id: string = uuidv7();

  @Field(() => TargetKind, { description: 'What it is.' })
  @Enum({ items: () => TargetKind, type: 'string' })
  kind!: TargetKind;

  @Field(() => String, { description: 'As written: `host`, `host:port`, `[v6]:port`, a URL, or `agent:ID`.' })
  @Property({ type: 'string' })
  address!: string;

  /** Null for AGENT: its host is the agent's first address, which may change. */
  @Property({ type: 'string', nullable: true })
  host: string | null = null;

  @Field(() => Int, { nullable: true, description: 'The port, where one was written or the URL implies one.' })
  @Property({ type: 'integer', nullable: true })
  port: number | null = null;

  @ManyToOne(() => Agent, { nullable: true })
  agent: Rel<Agent> | null = null;
}
