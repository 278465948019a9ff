import { z } from 'zod';
import { flowsSetting } from '../sdk/flows.js';

/** Bytes of an echo payload that carry who sent it; a payload is never smaller. */
export const SMALLEST_PAYLOAD = 16;

/** Settings of the ping probe. */
export const settings = z.strictObject({
  count: z.int().min(1).max(1000).default(10).describe('Echo requests in a burst. From 20 on there are 95th percentiles.'),
  intervalMs: z.number().min(1).max(60_000).default(100).describe('Time between two requests, ms.'),
  timeoutMs: z.number().min(10).max(60_000).default(3000).describe('A reply counts up to this long after its request, ms.'),
  flows: flowsSetting,
  payloadBytes: z
    .int()
    .min(SMALLEST_PAYLOAD)
    .max(9000)
    .default(56)
    .describe('Size of the payload, bytes; the ICMP and IP headers come on top.'),
  family: z.enum(['auto', '4', '6']).default('auto').describe('IP version; auto takes what the name resolves to first.'),
  dscp: z.int().min(0).max(63).default(0).describe('DSCP that the requests carry (RFC 2474).'),
  warmUp: z
    .boolean()
    .default(true)
    .describe('Send one uncounted request first, so that ARP, neighbour discovery and connection tracking are in no figure.'),
  method: z
    .enum(['auto', 'icmp', 'tool', 'tcp'])
    .default('auto')
    .describe('auto takes the best that this host allows: an ICMP socket, then the fping or ping program, then TCP handshakes.'),
  tcpPort: z
    .int()
    .min(1)
    .max(65_535)
    .default(443)
    .describe('Port of the TCP handshakes, where they are the method and the target names no port.'),
});

export type PingSettings = z.output<typeof settings>;
