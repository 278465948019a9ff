import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { warmUpSetting } from '../sdk/warm-up.js';

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export const MAX_REQUESTS = 20;
const LONGEST_TEXT = 32_768;

/** A header's name (RFC 9110 5.1), and a value without line ends. */
const HEADER_NAME = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/, 'is no header name');
const HEADER_VALUE = z
  .string()
  .max(8_192)
  .regex(
    /^[\t\x20-\x7e\x80-\xff]*$/,
    'must not hold line ends, other control characters, or characters beyond Latin-1: a header has no way to carry them',
  );
const HEADERS = z.record(HEADER_NAME, HEADER_VALUE).refine((headers) => Object.keys(headers).length <= 50, 'has more than 50 headers');
const STATUS = z.string().regex(/^[1-5]\d\d(-[1-5]\d\d)?$/, 'must be a status code (200) or a range of them (200-299)');
const PATTERN = z.string().min(1).max(1_000).refine(isPattern, 'is no regular expression');

const SERVER_NAME = z
  .string()
  .max(253)
  .regex(
    /^[A-Za-z0-9_:][A-Za-z0-9_.:-]*$/,
    'must be a host name of ASCII letters, digits, hyphens and dots (an internationalised one in its xn-- form), or an IP address',
  );
const AUTHORITIES = z.string().max(LONGEST_TEXT).refine(isPem, 'must hold certificates in PEM: "-----BEGIN CERTIFICATE-----" and so on');

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** OpenSSL takes what it can read and says nothing of the rest. */
function isPem(text: string): boolean {
  const certificates = text.match(PEM_CERTIFICATE) ?? [];
  const rest = text.replace(PEM_CERTIFICATE, '');
  try {
    for (const each of certificates) new X509Certificate(each);
    return certificates.length > 0 && !rest.includes('-----BEGIN');
  } catch {
    // X509Certificate has no other way to say that a text is none.
    return false;
  }
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    // RegExp has no other way to say that a text is none.
    return false;
  }
}

/** Settings of the http probe. */
export const settings = z
  .strictObject({
    scheme: z.enum(['https', 'http']).default('https').describe('Where the target is no URL.'),
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]*$/, 'must begin with / and have no spaces')
      .max(4_096)
      .optional()
      .describe("Path and query to ask for. Left out: the target's."),
    method: z.enum(METHODS).default('GET').describe('Method of the request (RFC 9110).'),
    headers: HEADERS.default({}).describe('Headers of the request, beside Host, User-Agent, Accept and Accept-Encoding.'),
    body: z.string().max(LONGEST_TEXT).optional().describe('Body of the request.'),
    secretBody: z
      .string()
      .max(LONGEST_TEXT)
      .optional()
      .meta({ writeOnly: true })
      .describe('Body of the request in place of body, kept secret: one with a password in it.'),
    authorization: HEADER_VALUE.optional()
      .meta({ writeOnly: true })
      .describe('Value of the header Authorization, for example "Bearer …". Kept secret.'),
    secretHeaders: HEADERS.optional().meta({ writeOnly: true }).describe('More headers, kept secret.'),
    family: z
      .enum(['auto', '4', '6', 'race'])
      .default('auto')
      .describe(
        'IP version; auto takes what the name resolves to first, and never tries both; race tries all addresses one beside the other, as browsers do (Happy Eyeballs, RFC 8305).',
      ),
    version: z
      .enum(['auto', '1.1', '2'])
      .default('auto')
      .describe('Version of HTTP; auto lets the server choose over TLS, and is 1.1 without.'),
    warmUp: warmUpSetting,
    redirects: z
      .int()
      .min(0)
      .max(10)
      .default(5)
      .describe('Redirections to follow. Phases are those of the last request, the total is that of all.'),
    requests: z
      .int()
      .min(1)
      .max(MAX_REQUESTS)
      .default(1)
      .describe(
        'Requests one after another on one connection, if the server keeps it. The figures are of the first, on a new connection; the others stand in the details.',
      ),
    timeoutMs: z.number().min(50).max(120_000).default(10_000).describe('Each of connecting, TLS and an answer has this long, ms.'),
    maxBodyBytes: z
      .int()
      .min(0)
      .max(100 * 2 ** 20)
      .default(10 * 2 ** 20)
      .describe('The body is read up to here, bytes; a larger one is cut off, and then has neither download time nor total.'),
    compression: z.boolean().default(true).describe('Accept compressed bodies (gzip, deflate, br).'),
    serverName: SERVER_NAME.optional().describe(
      "Name for TLS (SNI) and the certificate of the target; other hosts, to which it redirects, have their own. Left out: the target's host.",
    ),
    verify: z
      .boolean()
      .default(true)
      .describe('Ask nothing of a server whose certificate does not hold. Whether it does is told either way.'),
    trust: AUTHORITIES.optional().describe('Certificates of authorities to trust beside the usual ones, PEM.'),
    resume: z.boolean().default(false).describe('Set up TLS once before, and resume that session: shows whether the server allows it.'),
    expectStatus: z.array(STATUS).min(1).max(20).default(['200-399']).describe('Status codes that are right.'),
    expectBody: PATTERN.optional().describe('Regular expression that the body must match, as far as it was read.'),
    refuseBody: PATTERN.optional().describe('Regular expression that the body must not match.'),
    expectHeaders: z.record(HEADER_NAME, PATTERN).default({}).describe('Regular expressions that headers of the answer must match.'),
  })
  .refine(({ body, secretBody }) => body === undefined || secretBody === undefined, {
    path: ['secretBody'],
    message: 'stands in place of body: give one of them',
  });

export type HttpSettings = z.output<typeof settings>;
