import { Arg, Ctx, Field, ObjectType, Query, Resolver } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Json } from '../scalars.js';
import type { CatalogueMetric, CatalogueProbe } from '../services/catalogue.js';
import { MetricFields } from './metric-fields.js';

@ObjectType({ description: 'What is known of a metric; declared once, by its probe.' })
export class MetricDescription extends MetricFields implements CatalogueMetric {
  @Field(() => String, { description: 'The probe that measures it.' })
  probe!: string;
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
