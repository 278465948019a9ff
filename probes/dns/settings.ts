import { z } from 'zod';
import { flowsSetting } from '../sdk/flows.js';
import { warmUpSetting } from '../sdk/warm-up.js';

/** Types of record that can be asked for. */
export const RECORD_TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'] as const;
/** How the question travels. */
export const TRANSPORTS = ['udp', 'tcp', 'tls', 'https'] as const;
export type Transport = (typeof TRANSPORTS)[number];

export const MAX_QUERIES = 20;

/** A DNS name in ASCII, at most 253 characters in labels of at most 63 (RFC 1035); underscores are common in service names. */
const NAME = /^(?=.{1,253}\.?$)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?$/;

/** Whether a text can stand in a question as it is: where it cannot, the packet would be none. */
export const isDnsName = (text: string): boolean => NAME.test(text);

/** Settings of the dns probe. */
export const settings = z.strictObject({
  name: z
    .string()
    .regex(NAME, 'must be a DNS name such as www.example.com, in ASCII')
    .optional()
    .describe(
      'Name to ask for. Left out: the host of the target; set: the target is the server that is asked, unless "server" names another.',
    ),
  type: z.enum(RECORD_TYPES).default('A').describe('Type of the records to ask for.'),
  server: z
    .string()
    .max(300)
    .optional()
    .describe(
      "Server to ask: an IP address, with a port where it is not the usual one (9.9.9.9, [2001:db8::1]:5353). Left out: the target where a name is set, else this host's own.",
    ),
  family: z
    .enum(['auto', '4', '6'])
    .default('auto')
    .describe("IP version by which the server is asked; auto takes what the server's name resolves to first, or the host's first server."),
  transport: z
    .enum(TRANSPORTS)
    .default('udp')
    .describe('udp and tcp: in the clear (RFC 1035, RFC 7766). tls: DNS over TLS (RFC 7858). https: DNS over HTTPS (RFC 8484).'),
  count: z.int().min(1).max(MAX_QUERIES).default(3).describe('Questions, one after another.'),
  flows: flowsSetting,
  intervalMs: z.number().min(0).max(60_000).default(50).describe('Time between the starts of two questions, ms.'),
  timeoutMs: z.number().min(20).max(60_000).default(2_000).describe('An answer has this long, ms. No question is sent twice.'),
  warmUp: warmUpSetting,
  uncached: z
    .boolean()
    .default(false)
    .describe('Ask for a random label below the name each time, so that no cache can have the answer. "No such name" is an answer then.'),
  recursion: z
    .boolean()
    .default(true)
    .describe('Ask the server to find the answer itself (RD). Switch it off for an authoritative server.'),
  dnssec: z.boolean().default(false).describe('Ask for signatures (EDNS, DO), which makes answers larger.'),
  authority: z
    .string()
    .max(300)
    .optional()
    .describe('An authoritative server of the name, asked once a run for the full TTL: by it the share of cached answers is estimated.'),
  expect: z
    .array(z.string().min(1).max(500))
    .max(50)
    .optional()
    .describe('Values that must be among the answers (addresses, names, texts); where one is missing the run fails.'),
  tlsName: z
    .string()
    .max(253)
    .optional()
    .describe("Name in the server's certificate, for tls and https. Left out: the server's address or the target's name."),
  verify: z.boolean().default(true).describe("Check the server's certificate, for tls and https."),
  path: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/, 'must begin with / and have no spaces')
    .max(500)
    .default('/dns-query')
    .describe('Path of DNS over HTTPS.'),
  method: z
    .enum(['auto', 'node'])
    .default('auto')
    .describe("auto: kernel time stamps for udp where this host has them. node: the process's own clock."),
});

export type DnsSettings = z.output<typeof settings>;
