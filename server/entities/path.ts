import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { Json } from '../scalars.js';

@ObjectType({ description: 'An address that answered at a hop.' })
export class HopNode {
  @Field(() => String, { description: 'IP address.' })
  address!: string;

  @Field(() => String, { nullable: true, description: 'Its name in reverse DNS; null where it has none or nobody asked.' })
  name!: string | null;

  @Field(() => Int, {
    description: "Packets of the trace's own flow that were sent to be answered by it; 0 of a node that only other flows met.",
  })
  probes!: number;

  @Field(() => Int, { description: 'Answers that came.' })
  replies!: number;

  @Field(() => Float, { nullable: true, description: 'Share of packets without an answer, %; null where too few were sent to tell.' })
  loss!: number | null;

  @Field(() => Boolean, { description: 'Whether it answers only so often: its loss then says nothing of the path.' })
  rateLimited!: boolean;

  @Field(() => Float, { nullable: true, description: 'Shortest round trip, ms; null without an answer.' })
  rttMinMs!: number | null;

  @Field(() => Float, { nullable: true, description: 'Median round trip, ms.' })
  rttP50Ms!: number | null;

  @Field(() => Float, { nullable: true, description: '95th percentile of the round trips, ms; null where too few came.' })
  rttP95Ms!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Mean difference of a round trip to the one before, ms; null where fewer than two came.',
  })
  jitterMs!: number | null;

  @Field(() => Int, { nullable: true, description: 'TTL with which its answers arrived.' })
  replyTtl!: number | null;

  @Field(() => Int, { nullable: true, description: 'DSCP of the packet as this node saw it.' })
  quotedDscp!: number | null;

  @Field(() => Int, { nullable: true, description: 'ECN bits of the packet as this node saw it.' })
  quotedEcn!: number | null;

  @Field(() => Int, { nullable: true, description: 'MTU that it announced as too small, bytes.' })
  mtu!: number | null;

  @Field(() => [Json], { description: 'MPLS labels, outermost first: { label, trafficClass, bottom, ttl }.' })
  mpls!: readonly unknown[];
}

@ObjectType({ description: 'One step of a path.' })
export class Hop {
  @Field(() => Int, { description: 'Number of the step, from 1.' })
  ttl!: number;

  @Field(() => Boolean, { description: 'Whether nothing answered.' })
  silent!: boolean;

  @Field(() => [HopNode], { description: 'Who answered; several where traffic is spread.' })
  nodes!: readonly HopNode[];
}

@ObjectType({ description: 'A way that packets took from an agent to a target; the same way is the same path, however often it is seen.' })
export class Path {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field(() => String, { description: 'What was sent: icmp, udp or tcp.' })
  protocol!: string;

  @Field(() => String, { description: 'The same for the same addresses in the same order.' })
  hash!: string;

  @Field(() => Boolean, { description: 'Whether the target answered.' })
  reached!: boolean;

  @Field(() => Date, { description: 'When it was seen first.' })
  firstSeenAt!: Date;

  @Field(() => Date, { description: 'When it was seen last.' })
  lastSeenAt!: Date;

  @Field(() => Int, { description: 'How often it was seen.' })
  traces!: number;

  @Field(() => [Hop], { description: 'Its steps as they were last, nearest first.' })
  hops!: readonly Hop[];

  agentId!: string;
  targetId!: string;
}
