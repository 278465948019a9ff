import { ArrayMaxSize, IsInt, IsIP, Length, Matches, MaxLength, Min, ValidateNested } from 'class-validator';
import { Field, Float, ID, InputType, Int } from 'type-graphql';
import { Json } from '../scalars.js';
import type { AgentDescription, DeclaredProbe } from '../services/agent-description.js';
import type { AgentChange } from '../services/agents.js';
import type { DroppedTime, Heartbeat } from '../services/heartbeats.js';
import { IsLabels } from './labels.js';
import { MetricFields } from './metric-fields.js';

@InputType({ description: 'A metric as a probe declares it.' })
export class MetricDescriptionInput extends MetricFields {}

@InputType({ description: 'What an agent says of one probe.' })
export class AgentProbeInput implements DeclaredProbe {
  @Matches(/^[a-z][a-z0-9-]{0,39}$/, { message: 'a probe name is lower case letters, digits and hyphens' })
  @Field(() => String, { description: "The probe's name." })
  name!: string;

  @Length(1, 100)
  @Field(() => String, { description: "The probe's version." })
  version!: string;

  @Field(() => Boolean, { description: 'Whether it can measure on that host.' })
  available!: boolean;

  @Field(() => String, { nullable: true, description: 'Why it cannot.' })
  reason?: string | null;

  @Field(() => String, { nullable: true, description: 'How it measures on that host.' })
  method?: string | null;

  @Length(1, 200)
  @Field(() => String, { description: 'Its name for people.' })
  title!: string;

  @MaxLength(5000)
  @Field(() => String, { description: 'What it measures.' })
  description!: string;

  @Field(() => Json, { description: 'JSON Schema (draft 2020-12) of its settings.' })
  settingsSchema!: unknown;

  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Field(() => [MetricDescriptionInput], { description: 'What it measures, all of it.' })
  metrics!: MetricDescriptionInput[];
}

@InputType({ description: 'An agent as it describes itself.' })
export class RegisterAgentInput implements AgentDescription {
  @Length(8, 100)
  @Field(() => ID, { description: 'Made by the agent at its first start; one installId is one agent.' })
  installId!: string;

  @IsInt()
  @Field(() => Int, { description: 'The version of the protocol that the agent speaks: 1.' })
  protocol!: number;

  @Length(1, 100)
  @Field(() => String, { description: 'What people shall call it; when it describes itself anew, the name that it has stays.' })
  name!: string;

  @MaxLength(255)
  @Field(() => String, { description: "The host's own name." })
  hostname!: string;

  @Length(1, 100)
  @Field(() => String, { description: "The agent's release." })
  version!: string;

  @ArrayMaxSize(200)
  @IsIP(undefined, { each: true, message: 'each address must be an IP address' })
  @Field(() => [String], { description: "The host's IP addresses, the one to reach it by first." })
  addresses!: string[];

  @Field(() => Json, { description: 'Operating system, release, processors and the like.' })
  system!: unknown;

  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Field(() => [AgentProbeInput], { description: 'Every probe that it has, also those that cannot measure there.' })
  probes!: AgentProbeInput[];

  @IsLabels()
  @Field(() => Json, { nullable: true, description: 'Labels at registration, an object of texts; later they belong to people.' })
  labels?: Record<string, string> | null;
}

@InputType({ description: 'What to change of an agent; what is left out stays.' })
export class AgentUpdateInput implements AgentChange {
  @Length(1, 100)
  @Field(() => String, { nullable: true, description: 'What people call it.' })
  name?: string | null;

  @IsLabels()
  @Field(() => Json, { nullable: true, description: 'All of its labels: an object of texts.' })
  labels?: Record<string, string> | null;

  @Field(() => Boolean, { nullable: true, description: 'True: it stays connected but measures nothing, until it is false again.' })
  disabled?: boolean | null;
}

@InputType({ description: 'Of which time results are lost.' })
export class DroppedTimeInput implements DroppedTime {
  @Field(() => Date, { description: 'When the first of them was started.' })
  from!: Date;

  @Field(() => Date, { description: 'When the last of them was started.' })
  to!: Date;
}

@InputType({ description: 'What an agent tells every few seconds.' })
export class HeartbeatInput implements Heartbeat {
  @IsInt()
  @Field(() => Int, { description: 'The version of the protocol that the agent speaks: 1.' })
  protocol!: number;

  @Field(() => Date, { description: "When it was sent, by the agent's clock." })
  sentAt!: Date;

  @Min(0)
  @Field(() => Int, { description: 'Results that wait on its disk.' })
  spooledResults!: number;

  @Min(0)
  @Field(() => Int, { description: 'Results that it had to give up.' })
  droppedResults!: number;

  @Field(() => Float, { nullable: true, description: "The agent's clock less the server's, ms, from earlier heartbeats." })
  clockOffsetMs?: number | null;

  @Field(() => Float, { nullable: true, description: 'Half-width of the error of clockOffsetMs, ms.' })
  clockErrorMs?: number | null;

  @Field(() => Json, { nullable: true, description: 'The same as at registration, where it changed.' })
  system?: unknown;

  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Field(() => [DroppedTimeInput], {
    nullable: true,
    description:
      'Of which times results had to be given up, since this was told last: their gaps are then OUTBOX_OVERFLOW. The answer says that it is remembered. Agents that leave it out have the cause guessed from when droppedResults grew.',
  })
  droppedTimes?: DroppedTimeInput[] | null;
}
