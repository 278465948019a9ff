import type { EntityManager } from '../orm.js';
import { CATALOGUE } from '../../probes/catalogue.js';
import type { AgentProbe } from '../entities/agent.js';
import { MetricKind } from '../entities/enums.js';
import { ProbeDeclaration, type DeclaredMetric } from '../entities/probe-declaration.js';
import { sqlOf } from './store.js';

/** A metric and the probe that owns it. */
export interface CatalogueMetric extends DeclaredMetric {
  readonly probe: string;
}

/** A probe that at least one agent has, in the version that was declared last. */
export interface CatalogueProbe {
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly description: string;
  /** JSON Schema of its settings. */
  readonly settingsSchema: unknown;
  readonly metrics: readonly CatalogueMetric[];
}

/** What settings of a probe are held against: no single agent decides that, for any agent may declare any probe. */
export interface SettingsRules {
  readonly name: string;
  /** JSON Schemas by which they may be valid, of the versions that agents have; the one that was declared last is first. */
  readonly accepted: readonly [unknown, ...unknown[]];
  /** Every JSON Schema that ever marked a setting `writeOnly`: what one of them calls a secret is one for ever. */
  readonly secretive: readonly unknown[];
}

/** Versions of one probe that settings are tried against. */
const MOST_VERSIONS = 5;

const BUILT_IN: readonly CatalogueMetric[] = CATALOGUE.map((metric) => ({ ...metric, kind: MetricKind[metric.kind] }));
const BUILT_IN_OWNER: ReadonlyMap<string, string> = new Map(BUILT_IN.map(({ id, probe }) => [id, probe]));

/** The probe of ours that owns a metric id; undefined where the id is free for plug-ins. */
export function builtInOwner(metricId: string): string | undefined {
  return BUILT_IN_OWNER.get(metricId);
}

/** What can be measured: our own metrics, and whatever agents declared when they registered, plug-ins too. Kept in memory. */
export class CatalogueService {
  /** Ids of the declarations of agents that are there. */
  private current: ReadonlySet<string> = new Set();
  private byProbe: ReadonlyMap<string, CatalogueProbe> = new Map();
  private rulesOf: ReadonlyMap<string, SettingsRules> = new Map();
  private byMetric: ReadonlyMap<string, CatalogueMetric> = new Map(BUILT_IN.map((metric) => [metric.id, metric]));

  /** Reads again what agents declare; to be called when one registered, described itself anew, or was deleted. */
  async reload(em: EntityManager): Promise<void> {
    // Thousands of agents mostly say the same: the database finds that out.
    const lists = await sqlOf(em)<{ probes: string }>('select distinct cast(probes as text) as probes from agent where deleted_at is null');
    const ids = new Set(lists.flatMap(({ probes }) => (JSON.parse(probes) as AgentProbe[]).map(({ declaration }) => declaration)));
    const declarations = await em.find(ProbeDeclaration, {}, { orderBy: { firstSeenAt: 'asc' } });
    const current = declarations.filter(({ id }) => ids.has(id));
    this.current = ids;
    this.byProbe = new Map(current.map((declaration) => [declaration.name, describe(declaration)]));
    this.rulesOf = new Map([...this.byProbe.keys()].map((name) => [name, rulesFor(name, current, declarations)]));
    // Of probes that no agent has any more too: their results are still there. Ours last: nobody may redefine them.
    const declared = declarations.flatMap((declaration) => describe(declaration).metrics);
    this.byMetric = new Map([...declared, ...BUILT_IN].map((metric) => [metric.id, metric]));
  }

  /** Whether an agent with these probes adds nothing. */
  knows(probes: readonly Pick<AgentProbe, 'declaration'>[]): boolean {
    return probes.every(({ declaration }) => this.current.has(declaration));
  }

  /** The probes that agents have, by name. */
  probes(): CatalogueProbe[] {
    return [...this.byProbe.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  probe(name: string): CatalogueProbe | undefined {
    return this.byProbe.get(name);
  }

  /** What settings of a probe are held against; undefined where no agent has it. */
  settingsRules(probe: string): SettingsRules | undefined {
    return this.rulesOf.get(probe);
  }

  /** Every metric that is known, or those of one probe. */
  metrics(probe?: string): CatalogueMetric[] {
    const all = [...this.byMetric.values()];
    return probe === undefined ? all : all.filter((metric) => metric.probe === probe);
  }

  metric(id: string): CatalogueMetric | undefined {
    return this.byMetric.get(id);
  }
}

function describe(declaration: ProbeDeclaration): CatalogueProbe {
  const { name, version, title, description, settingsSchema } = declaration;
  const metrics = declaration.metrics.map((metric) => ({ ...metric, probe: name }));
  return { name, version, title, description, settingsSchema, metrics };
}

/** @param current what agents have, in the order in which it was first seen: at least one declaration of this name. @param all what was ever declared */
function rulesFor(name: string, current: readonly ProbeDeclaration[], all: readonly ProbeDeclaration[]): SettingsRules {
  const [newest, ...others] = distinct(current.filter((each) => each.name === name)).reverse();
  const secretive = distinct(all.filter((each) => each.name === name)).filter((schema) => /"writeOnly":true/.test(JSON.stringify(schema)));
  return { name, accepted: [newest, ...others.slice(0, MOST_VERSIONS - 1)], secretive };
}

/** The schemas of these declarations, each once: versions differ in other things mostly. */
function distinct(declarations: readonly ProbeDeclaration[]): unknown[] {
  return [...new Map(declarations.map(({ settingsSchema }) => [JSON.stringify(settingsSchema), settingsSchema])).values()];
}
