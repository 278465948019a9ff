import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { execute, from, gql, HttpLink, type FetchResult } from '@apollo/client/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { retriedQueries } from './retry.js';

const QUERY = gql`
  query {
    setUpRequired
  }
`;
const MUTATION = gql`
  mutation {
    logout
  }
`;

const unavailable = (answer: ServerResponse): unknown => answer.writeHead(503).end('closing');
const broken = (answer: ServerResponse): unknown => answer.destroy();
const refused = (answer: ServerResponse): unknown => answer.writeHead(400).end('no');
const answered = (answer: ServerResponse): unknown =>
  answer.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"setUpRequired":false}}');

describe('what the dashboard asks', () => {
  let server: Server;
  let asked: number;
  let answers: ((answer: ServerResponse) => unknown)[];
  beforeEach(async () => {
    asked = 0;
    server = createServer((_request, answer) => {
      (answers[asked] ?? answers.at(-1))?.(answer);
      asked += 1;
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => void server.close());

  function send(query: typeof QUERY): Promise<FetchResult> {
    const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
    const seen = execute(from([retriedQueries(), new HttpLink({ uri })]), { query });
    return new Promise((resolve, reject) => seen.subscribe({ next: resolve, error: reject }));
  }

  it.each([
    ['the server is closing', unavailable],
    ['the connection broke', broken],
  ])('is asked again where %s', async (_why, failing) => {
    answers = [failing, failing, answered];
    expect(await send(QUERY)).toMatchObject({ data: { setUpRequired: false } });
    expect(asked).toBe(3);
  });

  it('is given up after a few times', async () => {
    answers = [unavailable];
    await expect(send(QUERY)).rejects.toMatchObject({ statusCode: 503 });
    expect(asked).toBe(4);
  });

  it('is not asked again where it was refused, and never where it changes something', async () => {
    answers = [refused];
    await expect(send(QUERY)).rejects.toMatchObject({ statusCode: 400 });
    expect(asked).toBe(1);
    for (const failing of [unavailable, broken]) {
      asked = 0;
      answers = [failing];
      await expect(send(MUTATION)).rejects.toThrow();
      expect(asked).toBe(1);
    }
  });
});
