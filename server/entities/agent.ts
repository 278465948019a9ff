import { Entity, ManyToOne, PrimaryKey, Property, type Rel } from '@mikro-orm/core';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { uuidv7 } from 'uuidv7';
import { Json } from '../scalars.js';
import { ApiToken } from './api-token.js';

@ObjectType({ description: 'What one agent says of one probe.' })
export class AgentProbe {
  @Field(() => String, { description: "The probe's name." })
  name!: string;

  @Field(() => String, { description: 'The version that the agent has.' })
  version!: string;

  @Field(() => Boolean, { description: 'Whether it can measure on that host.' })
  available!: boolean;

  @Field(() => String, { nullable: true, description: 'Why it cannot.' })
  reason?: string | null;

  @Field(() => String, { nullable: true, description: 'How it measures on that host.' })
  method?: string | null;

  /** Id of the ProbeDeclaration. */
  declaration!: string;
}

@ObjectType({ description: 'A machine that measures. Soft-deleted: its results still name it.' })
@Entity({ tableName: 'agent' })
export class Agent {
  @Field(() => ID, { description: 'UUIDv7.' })
  @PrimaryKey({ type: 'string' })
  id: string = uuidv7();

  /** Made by the agent at its first start: one installId is one agent. */
  @Property({ type: 'string' })
  installId!: string;

  @Field(() => String, { description: 'What people call it.' })
  @Property({ type: 'string' })
  name!: string;

  @Field(() => String, { description: "The host's own name." })
  @Property({ type: 'string' })
  hostname!: string;

  @Field(() => String, { description: "The agent's release." })
  @Property({ type: 'string' })
  version!: string;

  @Field(() => Json, { description: 'Labels given by people or by the agent: an object of texts.' })
  @Property({ type: 'json' })
  labels: Record<string, string> = {};

  @Field(() => [String], { description: "The host's IP addresses; the first is used where other agents measure to this one." })
  @Property({ type: 'json' })
  addresses: string[] = [];

  @Field(() => Json, { description: 'What the agent says of its host: operating system, release, processors and the like.' })
  @Property({ type: 'json' })
  system: unknown = {};

  @Field(() => [AgentProbe], { description: 'What it can measure, and how.' })
  @Property({ type: 'json' })
  probes: AgentProbe[] = [];

  /** SHA-256 of its own secret, hex. */
  @Property({ type: 'string', hidden: true })
  secretHash!: string;

  /** Null until the secret was first used: until then the same enrolment token may fetch a new one. */
  @Property({ type: 'datetime', nullable: true })
  secretUsedAt: Date | null = null;

  /** The token that registered it last; null where a server made one for itself that is gone. */
  @ManyToOne(() => ApiToken, { nullable: true })
  token: Rel<ApiToken> | null = null;

  @Property({ type: 'boolean' })
  disabled: boolean = false;

  @Field(() => Date, { description: 'When it first registered.' })
  @Property({ type: 'datetime' })
  registeredAt: Date = new Date();

  @Field(() => Date, { nullable: true, description: 'The newest heartbeat.' })
  @Property({ type: 'datetime', nullable: true })
  lastSeenAt: Date | null = null;

  @Field(() => Float, { nullable: true, description: "The agent's clock less the server's, ms, as the agent worked it out." })
  @Property({ type: 'double', nullable: true })
  clockOffsetMs: number | null = null;

  @Field(() => Float, { nullable: true, description: 'Half-width of the error of clockOffsetMs, ms.' })
  @Property({ type: 'double', nullable: true })
  clockErrorMs: number | null = null;

  @Field(() => Int, { description: 'Results that wait on its disk.' })
  @Property({ type: 'integer' })
  spooledResults: number = 0;

  @Field(() => Int, { description: 'Results that it had to give up.' })
  @Property({ type: 'integer' })
  droppedResults: number = 0;

  @Property({ type: 'datetime', nullable: true })
  deletedAt: Date | null = null;
}
