import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, labAvailability, needsLab } from '../lab/index.js';

const skip = !labAvailability().available;
/** The compiled module: the tests' set-up builds it. */
const ENDPOINT = pathToFileURL(join(import.meta.dirname, '..', '..', 'dist', 'probes', 'dns', 'endpoint.js')).href;

describe.skipIf(skip)(needsLab('which server the dns probe asks'), () => {
  let net: Lab;
  let folder: string;
  beforeAll(async () => {
    net = await Lab.pair({ impairments: {} });
    folder = mkdtempSync(join(tmpdir(), 'resolv-'));
  });
  afterAll(async () => {
    await net.close();
    rmSync(folder, { recursive: true });
  });

  it("is this host's own as resolv.conf names it now, or the target's address, of the family that is wanted", async () => {
    const conf = join(folder, 'resolv.conf');
    const hosts = join(folder, 'hosts');
    writeFileSync(conf, '');
    writeFileSync(hosts, '192.0.2.3 ns.example.test\n2001:db8::3 ns.example.test\n');
    const script = `
import { writeFileSync } from 'node:fs';
import { chooseServer } from ${JSON.stringify(ENDPOINT)};
const target = { kind: 'HOST', address: 'www.example.test', host: 'www.example.test' };
const found = [];
for (const [servers, family] of [[['192.0.2.1'], 'auto'], [['192.0.2.2', '2001:db8::2'], 'auto'], [['192.0.2.2', '2001:db8::2'], '6']]) {
  writeFileSync('/etc/resolv.conf', servers.map((server) => \`nameserver \${server}\\n\`).join(''));
  found.push((await chooseServer({ transport: 'udp', family }, target, AbortSignal.timeout(5000))).address);
}
const named = { kind: 'HOST', address: 'ns.example.test', host: 'ns.example.test' };
for (const family of ['6', '4'])
  found.push((await chooseServer({ transport: 'udp', name: 'www.example.test', family }, named, AbortSignal.timeout(5000))).address);
console.log(JSON.stringify(found));`;
    writeFileSync(join(folder, 'script.mjs'), script);
    // The client's mounts are its own for as long as the command runs.
    const command = `mount --bind ${conf} /etc/resolv.conf && mount --bind ${hosts} /etc/hosts && exec "${process.execPath}" ${join(folder, 'script.mjs')}`;
    const { stdout, stderr } = await net.run('client', 'sh', ['-c', command]);
    expect(stdout.trim() || stderr).toBe(JSON.stringify(['192.0.2.1', '192.0.2.2', '2001:db8::2', '2001:db8::3', '192.0.2.3']));
  });
});
