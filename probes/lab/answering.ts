import { createSocket } from 'node:dgram';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { decode, encode, type Answer } from 'dns-packet';
import type { MadeCertificate } from './certificate.js';

/*
 * A server of an application's protocol that takes a known time, as a process inside a namespace. It prints its port and lives until its input ends.
 */

/** What the server is. */
export type AnsweringConfig =
  /** A name server on UDP, on a free port where none is named: every name has one address of each family. */
  | {
      readonly kind: 'dns';
      readonly delayMs: number;
      readonly port?: number;
      readonly addresses?: { readonly v4: string; readonly v6: string };
    }
  /** A web server: the first half of the body after `delayMs`, the other after `pauseMs` more. With a certificate by HTTPS. */
  | {
      readonly kind: 'web';
      readonly delayMs: number;
      readonly pauseMs: number;
      readonly bytes: number;
      readonly certificate?: MadeCertificate;
      /** Speaks HTTP/2 too; needs a certificate. */
      readonly http2?: boolean;
    };

const ready = (port: number): void => void process.stdout.write(`${JSON.stringify({ port })}\n`);

const SOME_ADDRESSES = { v4: '198.18.0.1', v6: '2001:2::1' };

function serveNames({ delayMs, port = 0, addresses: { v4, v6 } = SOME_ADDRESSES }: Extract<AnsweringConfig, { kind: 'dns' }>): void {
  const socket = createSocket('udp6');
  socket.on('message', (message, from) => {
    const { id, questions = [] } = decode(message);
    const answers = questions.map(({ name, type }): Answer => ({
      name,
      ttl: 60,
      ...(type === 'AAAA' ? { type, data: v6 } : { type: 'A', data: v4 }),
    }));
    const answer = encode({ type: 'response', id, questions, answers });
    setTimeout(() => socket.send(answer, from.port, from.address), delayMs);
  });
  socket.bind(port, '::', () => ready(socket.address().port));
}

function serveWeb({ delayMs, pauseMs, bytes, certificate, http2 }: Extract<AnsweringConfig, { kind: 'web' }>): void {
  const half = Buffer.alloc(bytes / 2, 'x');
  const answer: RequestListener = (_request, response) => {
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': half.length * 2 });
      response.write(half);
      setTimeout(() => response.end(half), pauseMs);
    }, delayMs);
  };
  const server = webServer(answer, certificate, http2);
  server.listen(0, '::', () => ready((server.address() as AddressInfo).port));
}

function webServer(answer: RequestListener, certificate: MadeCertificate | undefined, http2 = false): Server {
  if (!certificate) return createHttp(answer);
  // Node's HTTP/2 has the same request and response for listeners, under other types.
  return http2 ? createSecureServer({ ...certificate, allowHTTP1: true }, answer as never) : createHttps({ ...certificate }, answer);
}

function main(config: AnsweringConfig): void {
  process.stdin.resume().on('end', () => process.exit(0));
  if (config.kind === 'dns') serveNames(config);
  else serveWeb(config);
}

main(JSON.parse(process.argv[2] ?? '') as AnsweringConfig);
