import { z } from 'zod';
import { flowsSetting } from '../sdk/flows.js';
import { warmUpSetting } from '../sdk/warm-up.js';

/** Where neither the settings nor the target name a port. */
export const DEFAULT_PORT = 443;
export const MAX_HANDSHAKES = 20;
export const MAX_TRANSFER_BYTES = 64 * 2 ** 20;

/** Settings of the tcp probe. */
export const settings = z.strictObject({
  port: z.int().min(1).max(65_535).optional().describe(`Port to connect to. Left out: the one that the target names, or ${DEFAULT_PORT}.`),
  count: z.int().min(1).max(MAX_HANDSHAKES).default(1).describe('Handshakes, one after another.'),
  flows: flowsSetting,
  intervalMs: z.number().min(0).max(60_000).default(100).describe('Time between the starts of two handshakes, ms.'),
  timeoutMs: z
    .number()
    .min(50)
    .max(60_000)
    .default(5_000)
    .describe('A handshake has this long, ms. The kernel sends a lost SYN again after 1 s.'),
  family: z.enum(['auto', '4', '6']).default('auto').describe('IP version; auto takes what the name resolves to first.'),
  dscp: z.int().min(0).max(63).default(0).describe('DSCP of all our packets, the SYN included (RFC 2474).'),
  warmUp: warmUpSetting,
  method: z
    .enum(['auto', 'tcp-info', 'node'])
    .default('auto')
    .describe("auto: a packet tap where this host allows it, beside TCP_INFO. tcp-info: without the tap. node: Node's own connect events."),
  transfer: z
    .enum(['none', 'send', 'request'])
    .default('none')
    .describe(
      'What to do on the last connection: nothing, send bytes (to a server that takes them), or send a request and read the response.',
    ),
  bytes: z
    .int()
    .min(1)
    .max(MAX_TRANSFER_BYTES)
    .default(1_000_000)
    .describe('Bytes to send; with a request: most bytes of the response to read.'),
  request: z.string().max(8_192).default('HEAD / HTTP/1.0\n\n').describe('Text of the request. Line ends are sent as CR LF.'),
  transferMs: z
    .number()
    .min(50)
    .max(60_000)
    .default(5_000)
    .describe('The transfer is ended after this long, ms; what passed until then counts.'),
  sendBufferBytes: z
    .int()
    .min(4_096)
    .max(16 * 2 ** 20)
    .optional()
    .describe("Fixed size of the kernel's send buffer, bytes. Left out: the kernel adapts it."),
});

export type TcpSettings = z.output<typeof settings>;
