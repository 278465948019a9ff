import { describe, it } from 'vitest';
import { testProbe } from '../sdk/conformance.js';
import { parseTarget } from '../sdk/target.js';
import probe from './index.js';

const target = () => parseTarget('localhost');
testProbe(probe, { target, signed: ['clock.offset', 'agent.schedule_lag', 'agent.send_slip.p95'] }, { describe, it });
