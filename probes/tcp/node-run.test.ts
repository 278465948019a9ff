import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sourcePorts } from '../kernel/source-port.js';
import { contextFor } from '../sdk/conformance/check.js';
import { runProbe, type ProbeRun } from '../sdk/run.js';
import { parseTarget } from '../sdk/target.js';
import tcp from './index.js';

const HOST = '127.0.0.1';
const SEED = "a flow of Node's own";
const PORTS = sourcePorts(SEED);
const [FIRST = 0] = PORTS;

describe("handshakes by Node's connect events", () => {
  const open: (Server | Socket)[] = [];
  let port: number;
  beforeEach(async () => {
    // As most servers do, it ends when the client does.
    const server = createServer((socket) => open.push(socket.on('error', () => undefined).resume()));
    port = await listening(server, 0);
  });
  afterEach(async () => {
    const all = open.splice(0);
    for (const each of all) if ('destroy' in each) each.destroy();
    for (const each of all) if (!('destroy' in each)) await new Promise((closed) => each.close(closed));
  });

  async function listening(server: Server, at: number): Promise<number> {
    open.push(server);
    server.listen(at, HOST);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  async function measure(target = `${HOST}:${port}`): Promise<ProbeRun> {
    const settings = { method: 'node', count: 3, intervalMs: 1, timeoutMs: 1000 };
    return runProbe(tcp, settings, await contextFor(tcp, { target: () => parseTarget(target), settings }, { seed: SEED }));
  }
  const portsOf = ({ details }: ProbeRun): unknown[] => (details as { handshakes: { localPort: number }[] }).handshakes.map((each) => each.localPort); // prettier-ignore

  it('come from one port, the same in the next run, and the flow tells it', async () => {
    for (let runs = 0; runs < 2; runs++) {
      const run = await measure();
      expect(run).toMatchObject({ status: 'OK', flow: { source: HOST, sourcePort: FIRST, destinationPort: port } });
      expect(portsOf(run)).toEqual([FIRST, FIRST, FIRST]);
    }
  });

  it('come from the next port where somebody listens at the first', async () => {
    await listening(createServer(), FIRST);
    const run = await measure();
    expect(run).toMatchObject({ status: 'OK', flow: { sourcePort: PORTS[1] } });
  });

  it('come from the next port where the first has a connection to the same place', async () => {
    // What is left of one (TIME_WAIT) is refused by the same error, unless the kernel lets it be used again, as this one does on the loopback.
    const client = connect({ host: HOST, port, localPort: FIRST });
    open.push(client);
    await once(client, 'connect');
    const run = await measure();
    expect(run).toMatchObject({ status: 'OK', flow: { sourcePort: PORTS[1] } });
  });

  it('are refused from the port that they keep', async () => {
    const server = createServer();
    const closed = await listening(server, 0);
    await new Promise((done) => server.close(done));
    const run = await measure(`${HOST}:${closed}`);
    expect(run).toMatchObject({ error: { code: 'REFUSED' }, flow: { sourcePort: FIRST } });
  });
});
