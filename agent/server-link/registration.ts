import type { MetricDeclaration } from '../../probes/sdk/metric.js';
import type { Json } from '../../probes/sdk/probe.js';
import type { HostDescription } from '../host.js';
import type { DescribedProbe } from '../pool/protocol.js';
import { AGENT_VERSION, PROTOCOL } from '../version.js';

/** `AgentProbeInput` of the contract. */
export interface AgentProbeInput {
  readonly name: string;
  readonly version: string;
  readonly available: boolean;
  readonly reason: string | null;
  readonly method: string | null;
  readonly title: string;
  readonly description: string;
  readonly settingsSchema: Json;
  readonly metrics: readonly (MetricDeclaration & { readonly id: string })[];
}

/** `RegisterAgentInput` of the contract. */
export interface RegisterAgentInput extends HostDescription {
  readonly installId: string;
  readonly protocol: number;
  readonly name: string;
  readonly version: string;
  readonly probes: readonly AgentProbeInput[];
}

function probeInput({ support, heavy: _heavy, last: _last, sharesStart: _sharesStart, ...probe }: DescribedProbe): AgentProbeInput {
  if (support.available) return { ...probe, available: true, reason: null, method: support.method };
  return { ...probe, available: false, reason: [support.reason, support.remedy].filter(Boolean).join('; '), method: null };
}

/** What the server is told of this agent. */
export function registration(
  installId: string,
  name: string,
  host: HostDescription,
  probes: readonly DescribedProbe[],
): RegisterAgentInput {
  return { installId, protocol: PROTOCOL, name, version: AGENT_VERSION, ...host, probes: probes.map(probeInput) };
}
