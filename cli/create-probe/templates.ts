/** The words of a name as a title: tide-gauge is "Tide gauge". */
function titleOf(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const manifest = (name: string): string =>
  `${JSON.stringify(
    {
      name: `streamswarm-probe-${name}`,
      version: '0.1.0',
      description: `A StreamSwarm probe: ${titleOf(name)}`,
      type: 'module',
      exports: './index.js',
      scripts: { test: 'node --test' },
    },
    null,
    2,
  )}\n`;

const probe = (name: string): string => `// @ts-check
import { once } from 'node:events';
import { connect } from 'node:net';
import { defineMetrics, defineProbe, ProbeFailure, z } from 'streamswarm/sdk';

const METHOD = 'Node socket, timed in the process';

// Everything else (charts, exports, documents) is made from this: say what the number is, and when it is absent.
const metrics = defineMetrics({
  '${name}.connect': { unit: 'ms', kind: 'LEVEL', title: 'Connection', description: 'From SYN to the connection; absent where there was none.', lowerIsBetter: true },
});

// The form in the dashboard is made from this: every setting has a description and bounds.
const settings = z.object({
  timeoutMs: z.int().min(10).max(60_000).default(3_000).describe('How long to wait for the connection, ms.'),
});

function failureOf(error, signal, timeoutMs) {
  if (signal.aborted) return new ProbeFailure('CANCELLED', 'the run was ended before there was a connection');
  if (error.name === 'AbortError') return new ProbeFailure('TIMEOUT', \`no connection in \${timeoutMs} ms\`);
  if (error.code === 'ECONNREFUSED') return new ProbeFailure('REFUSED', 'nothing listens on that port');
  if (error.code === 'ENOTFOUND') return new ProbeFailure('DNS_FAILURE', 'the name has no address');
  return new ProbeFailure('UNREACHABLE', \`no connection: \${error.message}\`);
}

export default defineProbe({
  name: '${name}',
  title: '${titleOf(name)}',
  description: 'Connects by TCP.',
  version: '0.1.0',
  metrics,
  settings,
  deadlineMs: ({ timeoutMs }) => timeoutMs + 500,
  supported: () => ({ available: true, method: METHOD }),
  async run({ timeoutMs }, { target, signal }) {
    const begin = performance.now();
    const socket = connect({ host: target.host, port: target.port ?? 80 });
    try {
      await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
      return { method: METHOD, metrics: { '${name}.connect': performance.now() - begin } };
    } catch (error) {
      return { method: METHOD, metrics: {}, failure: failureOf(error, signal, timeoutMs) };
    } finally {
      socket.destroy();
    }
  },
});
`;

const test = (name: string): string => `import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { parseTarget } from 'streamswarm/sdk';
import { testProbe } from 'streamswarm/sdk/conformance';
import probe from './index.js';

describe('${name}', () => {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()));
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => void server.close());

  testProbe(
    probe,
    { target: () => parseTarget(\`127.0.0.1:\${server.address().port}\`), unreachable: { target: () => parseTarget('127.0.0.1:1') } },
    { describe, it },
  );
});
`;

const readme = (name: string): string => `# ${titleOf(name)}

A probe for StreamSwarm.

\`\`\`
npm test                                        # the suite that every probe passes
streamswarm probe . 127.0.0.1:80                # one run, without a server
streamswarm agent --plugin FOLDER ...           # an agent that has it; several may be named
\`\`\`

An agent's configuration names it under \`plugins\`, by this folder or by the name of its package. The server and the dashboard need no change: the
settings and the metrics that index.js declares come with the agent.

\`node_modules/streamswarm\` is a link to the installation that made this folder, for tests and editors. An agent brings its own SDK.
`;

/** The files of a new probe, by name. */
export function filesOf(name: string): Readonly<Record<string, string>> {
  return {
    'package.json': manifest(name),
    'index.js': probe(name),
    'index.test.js': test(name),
    'README.md': readme(name),
    '.gitignore': 'node_modules/\n',
  };
}
