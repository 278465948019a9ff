import { z } from 'zod';
import { KEY_PATTERN, KEY_RULE } from '../kernel/stamp/seal.js';

/** Largest IP packet that there is without jumbograms: an IPv6 header and 65535 bytes. */
const LARGEST_PACKET = 65_575;

/** Settings of the mtu probe. */
export const settings = z.strictObject({
  family: z.enum(['auto', '4', '6']).default('auto').describe('IP version; auto takes what the name resolves to first.'),
  method: z
    .enum(['auto', 'icmp', 'udp'])
    .default('auto')
    .describe(
      'What the probing packets are: ICMP echo, or UDP to a closed port, which needs no privilege. auto: UDP where echo is not allowed or not answered.',
    ),
  largestBytes: z
    .int()
    .min(1_280)
    .max(LARGEST_PACKET)
    .default(LARGEST_PACKET)
    .describe('Larger packets are not tried, bytes with the IP header. What the interface cannot send is never tried.'),
  attempts: z.int().min(1).max(10).default(3).describe('A size counts as lost when so many packets of it had no answer.'),
  timeoutMs: z
    .number()
    .min(50)
    .max(10_000)
    .default(1_000)
    .describe('Longest wait for an answer, ms; once the round trip is known a multiple of it is enough.'),
  udpPort: z
    .int()
    .min(1)
    .max(65_535)
    .default(33_434)
    .describe('Port of the UDP packets: nothing should listen there, since it is the refusal that answers.'),
  mss: z.boolean().default(true).describe('Also connect by TCP, to see which segment size the target announces.'),
  tcpPort: z.int().min(1).max(65_535).optional().describe('Port of that connection. Left out: the one that the target names, or 443.'),
  reflectorPort: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe(
      'UDP port of a reflector at the target (an agent with a reflector switched on), which sends packets back. Left out: the way back is not measured.',
    ),
  reflectorKey: z
    .string()
    .regex(KEY_PATTERN, KEY_RULE)
    .optional()
    .meta({ writeOnly: true })
    .describe("The reflector's key, without which it answers nothing. Kept secret."),
  dscp: z.int().min(0).max(63).default(0).describe('DSCP of all packets (RFC 2474).'),
});

export type MtuSettings = z.output<typeof settings>;
