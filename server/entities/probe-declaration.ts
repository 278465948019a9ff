import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import type { MetricKind } from './enums.js';

/** What an agent declared of one metric. */
export interface DeclaredMetric {
  readonly id: string;
  readonly unit: string;
  readonly title: string;
  readonly description: string;
  readonly kind: MetricKind;
  readonly lowerIsBetter?: boolean | null;
  readonly numerator?: string | null;
  readonly denominator?: string | null;
  readonly minSamples?: number | null;
  readonly standard?: string | null;
}

/** A version of a probe as agents declare it, kept once however many agents have it. */
@Entity({ tableName: 'probe_declaration' })
export class ProbeDeclaration {
  /** SHA-256 of the declaration. */
  @PrimaryKey({ type: 'string' })
  id!: string;

  @Property({ type: 'string' })
  name!: string;

  @Property({ type: 'string' })
  version!: string;

  @Property({ type: 'string' })
  title!: string;

  @Property({ type: 'text' })
  description!: string;

  /** JSON Schema of the settings. */
  @Property({ type: 'json' })
  settingsSchema!: unknown;

  @Property({ type: 'json' })
  metrics!: DeclaredMetric[];

  @Property({ type: 'datetime' })
  firstSeenAt: Date = new Date();
}
