import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../config.js';
import { freePort, Program } from './program.js';

/** A real nginx of a test's own, before servers on ports of loopback. */
export interface TestNginx {
  readonly url: string;
  remove(): Promise<void>;
}

/** Starts nginx with `deploy/nginx.conf`: the addresses alone are others. */
export async function startNginx(ports: readonly number[]): Promise<TestNginx> {
  const folder = await mkdtemp(join(tmpdir(), 'streamswarm-nginx-'));
  const port = await freePort();
  const site = join(folder, 'site.conf');
  await writeFile(site, atLoopback(await readFile(join(packageRoot(), 'deploy', 'nginx.conf'), 'utf8'), port, ports));
  const config = join(folder, 'nginx.conf');
  await writeFile(config, around(folder, site));
  const program = new Program('nginx', ['-p', folder, '-e', join(folder, 'error.log'), '-c', config], port);
  await program.start();
  return {
    url: `http://127.0.0.1:${port}`,
    async remove() {
      await program.kill('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function atLoopback(site: string, port: number, ports: readonly number[]): string {
  const [first = '', ...others] = site.split(/^ *server server-\d+:4000/m);
  if (others.length < ports.length) throw new Error(`deploy/nginx.conf names ${others.length} servers, the test has ${ports.length}`);
  const servers = ports.map((each, index) => `  server 127.0.0.1:${each}${others[index] ?? ''}`);
  return [first, ...servers].join('').replace('listen 80;', `listen 127.0.0.1:${port};`);
}

function around(folder: string, site: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${join(folder, kind)};`);
  // Its workers may read the folder, which is closed to others.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `${user} daemon off; worker_processes 1; pid ${join(folder, 'pid')}; events { worker_connections 4096; }
http { access_log off; ${temporary.join(' ')} include ${site}; }
`;
}
