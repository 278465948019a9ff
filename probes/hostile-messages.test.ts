import { afterAll, describe, expect, it } from 'vitest';
import { HostilePlace } from './testing/hostile-place.js';
import { answerTo, pointerTo, recordOf, type Said } from './testing/hostile-messages.js';
import { says, saysWithoutEnd } from './testing/hostile-server.js';
import { DnsServer } from './dns/testing/dns-server.js';

const place = new HostilePlace();
const open: DnsServer[] = [];
afterAll(() => open.forEach((server) => server.close()));

const A = 1;
const TXT = 16;
const ADDRESS = Buffer.from([192, 0, 2, 1]);
const NAME = 'www.example.test';
/** Where the first record begins: behind the header, the name, its type and class. */
const FIRST_RECORD = 12 + NAME.length + 2 + 4;
const longName = Buffer.concat([...Array.from({ length: 5 }, () => Buffer.from(`\u003f${'x'.repeat(63)}`)), Buffer.from([0])]);

/** What is no answer to the question: nobody may take it for one. */
const NONE: Readonly<Record<string, Said | Buffer>> = {
  'an empty message': Buffer.alloc(0),
  garbage: Buffer.from(Array.from({ length: 500 }, (_, index) => (index * 89) % 256)),
  'the question itself': { flags: 0x01_00, answers: 0 },
  'an answer to another question': {
    question: Buffer.from('\u0003www\u0005other\u0004test\u0000\u0000\u0001\u0000\u0001'),
    rest: recordOf(A, ADDRESS),
  },
  'a question that does not end': { question: Buffer.from('\u003fwww'), answers: 0 },
  'a name that points to itself': { rest: recordOf(A, ADDRESS, { name: pointerTo(FIRST_RECORD) }) },
  'names that point to each other': {
    rest: recordOf(A, ADDRESS, { name: Buffer.concat([pointerTo(FIRST_RECORD + 2), pointerTo(FIRST_RECORD)]) }),
  },
  'a name that points beyond the end': { rest: recordOf(A, ADDRESS, { name: pointerTo(0x3f_ff) }) },
  'a label of a kind that there is not': { rest: recordOf(A, ADDRESS, { name: Buffer.from([0x40, 0, 0]) }) },
  'a name that is too long': { rest: recordOf(A, ADDRESS, { name: longName }) },
  'more records than there are': { answers: 65_535, rest: recordOf(A, ADDRESS) },
  'a text that is longer than its record': { rest: recordOf(TXT, Buffer.from([200, 65]), { length: 2 }) },
};

const many = (length: number): Buffer => Buffer.concat(Array.from({ length }, () => recordOf(A, ADDRESS)));

/** Strange, but answers. */
const ANSWERS: Readonly<Record<string, Said>> = {
  'thousands of records': { answers: 4_000, rest: many(4_000) },
  'rubbish behind its records': { rest: Buffer.concat([recordOf(A, ADDRESS), Buffer.alloc(1_000, 0xff)]) },
  'a record of an unknown type': { rest: recordOf(65_399, Buffer.alloc(1_000, 0xc0)) },
};

type Ports = Readonly<Record<'udp' | 'tcp' | 'tls' | 'https', number>>;

async function serverThat(answer: (asked: Buffer) => Buffer): Promise<Ports> {
  const server = new DnsServer(() => ({ raw: answer }));
  open.push(server);
  return { udp: await server.udp(), tcp: await server.tcp(), tls: await server.tls(place.key), https: await server.https(place.key) };
}

const made = (said: Said | Buffer) => (asked: Buffer) => (Buffer.isBuffer(said) ? said : answerTo(asked, said));

/** One answer by HTTPS is all that there will be; by other ways the right one may still come. */
async function expectCauses({ udp, tcp, tls, https }: Ports): Promise<void> {
  const silent = 'TIMEOUT';
  const runs = await Promise.all([
    ...[place.dns('udp', udp, silent), place.dns('udp', udp, silent, { method: 'node' }), place.dns('tcp', tcp, silent)],
    ...[place.dns('tls', tls, silent), place.dns('https', https, 'PROTOCOL')],
  ]);
  expect(runs.map(({ error }) => error?.code)).toEqual([silent, silent, silent, silent, 'PROTOCOL']);
}

describe('dns, to a server that answers by', () => {
  it.each(Object.entries(NONE))('%s, gets no answer and says so', async (_, said) => {
    const ports = await serverThat(made(said));
    await expectCauses(ports);
  });

  it('an answer to another id, does not take it', async () => {
    const ports = await serverThat((asked) => answerTo(asked, { id: (asked.readUInt16BE(0) + 1) % 0x1_00_00, rest: recordOf(A, ADDRESS) }));
    await expectCauses(ports);
  });

  it.each(Object.entries(ANSWERS))('%s, takes it', async (_, said) => {
    const ports = await serverThat(made(said));
    for (const transport of ['udp', 'tcp', 'tls', 'https'] as const) {
      const run = await place.dns(transport, ports[transport], null);
      expect(run.error, transport).toBeNull();
      expect(run.metrics['dns.answers'], transport).toBe(said.answers ?? 1);
      expect(JSON.stringify(run.details).length, transport).toBeLessThan(20_000);
    }
  });

  it.each([
    ['the length of a message alone', says(Buffer.from([0xff, 0xff])), 'TIMEOUT'],
    ['half of a message', says(Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.alloc(30_000)])), 'TIMEOUT'],
    ['empty messages without end', saysWithoutEnd(Buffer.alloc(2)), 'PROTOCOL'],
    ['messages for others without end', saysWithoutEnd(Buffer.concat([Buffer.from([0, 12]), Buffer.alloc(12)])), 'PROTOCOL'],
    ['large messages without end', saysWithoutEnd(Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.alloc(0xff_ff, 1)])), 'PROTOCOL'],
  ] as const)('%s, over a stream, ends with its cause', async (_, attack, code) => {
    expect((await place.dns('tcp', await place.servers.plain(attack), code)).error?.code).toBe(code);
    expect((await place.dns('tls', await place.servers.tls(place.key, 'dot', attack), code)).error?.code).toBe(code);
  });
});
