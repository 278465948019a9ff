import { defineMetrics } from '../sdk/metric.js';

/** What `mtu` measures: the largest packet that passes, and whether larger ones vanish in silence. */
export const metrics = defineMetrics({
  'mtu.path': {
    unit: 'B',
    kind: 'LEVEL',
    title: 'Path MTU',
    description: 'Largest IP packet that reaches the target whole; absent when the target answered no probe of any size.',
    lowerIsBetter: false,
    standard: 'RFC 4821, RFC 8899',
  },
  'mtu.blackhole': {
    unit: 'bool',
    kind: 'BOOL',
    title: 'MTU black hole',
    description:
      '1 when packets over the path MTU vanish without the ICMP message that should say so, 0 when it came; absent when the path MTU is that of the interface or unknown.',
    lowerIsBetter: true,
    standard: 'RFC 2923',
  },
  'mtu.path.reverse': {
    unit: 'B',
    kind: 'LEVEL',
    title: 'Path MTU, reverse',
    description:
      'Largest IP packet that a reflector at the target can send back whole; absent when no reflector is named or none answers this key.',
    lowerIsBetter: false,
    standard: 'RFC 8899',
  },
  'mtu.mss.received': {
    unit: 'B',
    kind: 'LEVEL',
    title: 'MSS received',
    description: "Maximum segment size in the target's SYN-ACK, which shows where something clamps it; absent when no TCP port answered.",
    lowerIsBetter: false,
    standard: 'RFC 9293',
  },
});
