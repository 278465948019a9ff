import type { AgentProbe } from '../../entities/agent.js';
import { marks, slices } from '../lists.js';
import type { RunSql } from '../store.js';

/** What assignments depend on, of one agent that is not deleted. */
export interface Abilities {
  readonly id: string;
  /** Shared by all agents that declared the same. */
  readonly probes: readonly AgentProbe[];
}

/** What these agents can do, without those that were deleted. Agents mostly declare the same: each text is parsed once. */
export async function abilitiesOf(sql: RunSql, agentIds: readonly string[]): Promise<Abilities[]> {
  const parsed = new Map<string, readonly AgentProbe[]>();
  const found: Abilities[] = [];
  for (const ids of slices(agentIds)) {
    const text = `select id, cast(probes as text) as probes from agent where deleted_at is null and id in (${marks(ids)})`;
    for (const row of await sql<{ id: string; probes: string }>(text, ids)) {
      const probes = parsed.get(row.probes) ?? (JSON.parse(row.probes) as AgentProbe[]);
      parsed.set(row.probes, probes);
      found.push({ id: row.id, probes });
    }
  }
  return found;
}
