import type { EntityManager } from '../orm.js';
import type { Agent, AgentProbe } from '../entities/agent.js';
import { ProbeDeclaration, type DeclaredMetric } from '../entities/probe-declaration.js';
import { badUserInput } from '../errors.js';
import { hashSecret } from '../secrets.js';
import { builtInOwner } from './catalogue.js';

/** What an agent says of one probe that it has. */
export interface DeclaredProbe {
  readonly name: string;
  readonly version: string;
  readonly available: boolean;
  readonly reason?: string | null;
  readonly method?: string | null;
  readonly title: string;
  readonly description: string;
  readonly settingsSchema: unknown;
  readonly metrics: readonly DeclaredMetric[];
}

/** What an agent says of itself when it registers, and again when that changed. */
export interface AgentDescription {
  readonly installId: string;
  readonly protocol: number;
  readonly name: string;
  readonly hostname: string;
  readonly version: string;
  readonly addresses: readonly string[];
  readonly system: unknown;
  readonly probes: readonly DeclaredProbe[];
  readonly labels?: Record<string, string> | null;
}

/** Puts what an agent says of its host and probes into its row; its name and labels belong to people. @throws ApiError BAD_USER_INPUT */
export async function applyDescription(em: EntityManager, agent: Agent, input: AgentDescription): Promise<void> {
  checkProbes(input.probes);
  agent.hostname = input.hostname;
  agent.version = input.version;
  agent.addresses = [...input.addresses];
  agent.system = input.system;
  const declared = input.probes.map((probe) => ({ probe, declaration: declarationOf(probe) }));
  await keepDeclarations(
    em,
    declared.map(({ declaration }) => declaration),
  );
  agent.probes = declared.map(({ probe, declaration }): AgentProbe => {
    const { name, version, available, reason, method } = probe;
    return { name, version, available, reason: reason ?? null, method: method ?? null, declaration: declaration.id };
  });
}

function checkProbes(probes: readonly DeclaredProbe[]): void {
  const owners = new Map<string, string>();
  const names = new Set<string>();
  for (const [at, { name, metrics }] of probes.entries()) {
    if (names.has(name)) throw badUserInput({ path: `input.probes.${at}.name`, message: `The probe "${name}" is declared twice.` });
    names.add(name);
    for (const { id } of metrics) {
      const owner = owners.get(id) ?? builtInOwner(id) ?? name;
      if (owner !== name)
        throw badUserInput({ path: `input.probes.${at}.metrics`, message: `The metric "${id}" belongs to the probe "${owner}".` });
      owners.set(id, name);
    }
  }
}

type Declaration = Omit<ProbeDeclaration, 'firstSeenAt'>;

/** What a probe declares, under its hash. */
function declarationOf({ name, version, title, description, settingsSchema, metrics: given }: DeclaredProbe): Declaration {
  const metrics = given.map((metric) => ({ ...metric }));
  const id = hashSecret(JSON.stringify([name, version, title, description, settingsSchema, metrics]));
  return { id, name, version, title, description, settingsSchema, metrics };
}

/** Keeps each distinct declaration once. Those that are there are looked for by their hashes alone: each is some 10 kB, and all agents of a version have the same. */
async function keepDeclarations(em: EntityManager, declarations: readonly Declaration[]): Promise<void> {
  const ids = declarations.map(({ id }) => id);
  const kept = await em.find(ProbeDeclaration, { id: { $in: ids } }, { fields: ['id'], disableIdentityMap: true });
  const known = new Set(kept.map(({ id }) => id));
  for (const declaration of declarations.filter(({ id }) => !known.has(id))) {
    // Another agent may declare the same at this moment.
    await em.upsert(ProbeDeclaration, { ...declaration, firstSeenAt: new Date() }, { onConflictAction: 'ignore' });
  }
}
