/** Heartbeats a second of all agents together that are worth their cost: beyond, each agent is asked less often. */
const MOST_A_SECOND = 200;

/** Share of the silence after which an agent is STALE that may pass until its next heartbeat: what it is late by, and a busy server, must not make it seem silent. */
const LARGEST_SHARE = 0.6;

/**
 * After how many seconds an agent's next heartbeat is wanted: as is set, and later where many agents are online, but never so late that they seem silent.
 *
 * @param wanted the setting, s
 * @param staleAfter silence after which an agent is STALE, s
 */
export function paceOf(wanted: number, staleAfter: number, online: number): number {
  return Math.max(wanted, Math.min(online / MOST_A_SECOND, staleAfter * LARGEST_SHARE));
}
