import { Arg, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { MetricKind } from '../entities/enums.js';
import { Json } from '../scalars.js';
import type { CatalogueMetric, CatalogueProbe } from '../services/catalogue.js';

@ObjectType({ description: 'What is known of a metric; declared once, by its probe.' })
export class MetricDescription implements CatalogueMetric {
  @Field(() => ID, { description: 'Dotted, without the unit: ping.rtt.avg.' })
  id!: string;

  @Field(() => String, { description: 'UCUM code; 1 for counts, codes and ratios; bool.' })
  unit!: string;

  @Field(() => String, { description: 'The probe that measures it.' })
  probe!: string;

  @Field(() => String, { description: 'A short name for people.' })
  title!: string;

  @Field(() => String, { description: 'What the number is, and when it is absent.' })
  description!: string;

  @Field(() => MetricKind, { description: 'How it behaves when it is summed up over time.' })
  kind!: MetricKind;

  @Field(() => Boolean, { nullable: true, description: 'Which direction is better; null where neither is.' })
  lowerIsBetter?: boolean | null;

  @Field(() => ID, { nullable: true, description: 'Of a RATIO: what is divided.' })
  numerator?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of a RATIO: what it is divided by.' })
  denominator?: string | null;

  @Field(() => Int, { nullable: true, description: 'Samples in a run below which it is absent.' })
  minSamples?: number | null;

  @Field(() => String, { nullable: true, description: 'The document that defines it.' })
  standard?: string | null;
}

@ObjectType({ description: 'A probe that at least one agent has.' })
export class ProbeDescription implements CatalogueProbe {
  @Field(() => String, { description: 'Its name in tests.' })
  name!: string;

  @Field(() => String, { description: 'The version that was declared last.' })
  version!: string;

  @Field(() => String, { description: 'Its name for people.' })
  title!: string;

  @Field(() => String, { description: 'What it measures.' })
  description!: string;

  @Field(() => Json, { description: 'JSON Schema of its settings; a `writeOnly` one is a secret.' })
  settingsSchema!: unknown;

  @Field(() => [MetricDescription], { description: 'What it measures.' })
  metrics!: MetricDescription[];
}

@Resolver()
export class CatalogueResolver {
  @Allow('VIEWER')
  @Query(() => [ProbeDescription], { description: 'The probes that agents have, plug-ins too, by name.' })
  probes(@Ctx() { services }: Context): CatalogueProbe[] {
    return services.catalogue.probes();
  }

  @Allow('VIEWER')
  @Query(() => [MetricDescription], { description: "Every metric that is known, plug-ins' too." })
  metrics(
    @Ctx() { services }: Context,
    @Arg('probe', () => String, { nullable: true, description: 'Only the metrics of this probe.' }) probe?: string | null,
  ): CatalogueMetric[] {
    return services.catalogue.metrics(probe ?? undefined);
  }
}
