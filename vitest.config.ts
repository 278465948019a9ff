import { fileURLToPath } from 'node:url';
import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

/** Decorator metadata, which type-graphql and MikroORM read, comes from SWC: esbuild and oxc emit none. */
const decorators = swc.vite({
  module: { type: 'es6' },
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    keepClassNames: true,
  },
});

/** What both projects have. */
const shared = {
  environment: 'node',
  exclude: process.env.STREAMSWARM_LONG ? [] : ['**/*.long.test.ts'],
  globalSetup: ['cli/setup/vitest-global.ts'],
  // For what hangs: on a busy machine a browser takes long for each click.
  testTimeout: 120_000,
  hookTimeout: 120_000,
} as const satisfies object;

export default defineConfig({
  plugins: [decorators],
  // Vite would take the ES module build of graphql where the packages around it take the other one, and graphql refuses to be loaded twice.
  resolve: {
    alias: [
      { find: /^graphql$/, replacement: fileURLToPath(new URL('node_modules/graphql/index.js', import.meta.url)) },
      // Of a plug-in's folder Vitest resolves the imports itself, where Node would ask probes/sdk-resolution.ts.
      { find: /^streamswarm\/sdk$/, replacement: fileURLToPath(new URL('dist/probes/sdk/index.js', import.meta.url)) },
    ],
  },
  test: {
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          ...shared,
          name: 'main',
          include: ['{probes,agent,server,cli,dashboard,bench,deploy}/**/*.test.ts'],
          // Of PostgreSQL alone: the other project runs them.
          exclude: [
            ...shared.exclude,
            'server/{backup-postgres,collisions,deleting-replicas,missing-database,retention-weeks,shared-turns}.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: 'server on PostgreSQL',
          include: ['server/**/*.test.ts'],
          // They bring databases of their own, and have run in the other project.
          exclude: [...shared.exclude, 'server/{database-away,kill,replicas,shared-events}.test.ts'],
          globalSetup: [...shared.globalSetup, 'server/testing/postgres-global.ts'],
          env: { STREAMSWARM_TEST_DATABASE: 'postgres' },
        },
      },
    ],
  },
});
