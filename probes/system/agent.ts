import type { Cycle } from '../sdk/probe.js';
import { percentileOfSorted, sorted } from '../sdk/stats.js';
import type { Outcome, Outcomes } from './outcome.js';

function receiveDrops({ receiveDrops: drops, sendSlipsMs }: Cycle): Outcome {
  if (drops === 0 && sendSlipsMs.length === 0) return 'no probe of this cycle counted packets';
  return drops;
}

/** How well the agent kept time in this cycle, from what the agent and its packet probes left in the cycle. */
export function agentOutcomes(cycle: Cycle): Outcomes {
  return {
    'agent.schedule_lag': cycle.scheduleLagMs ?? 'the run belongs to no schedule',
    'agent.send_slip.p95':
      percentileOfSorted(sorted(cycle.sendSlipsMs), 0.95) ?? 'no packet of this cycle has a planned time and a send stamp of the kernel',
    'agent.receive_drops': receiveDrops(cycle),
    'clock.offset': cycle.clock?.offsetMs ?? 'the offset is unknown before the first exchange with a server',
    'clock.steps': cycle.clockSteps ?? 'nobody watches the clock in this run',
  };
}
