// @ts-check
import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import vue from 'eslint-plugin-vue';
import globals from 'globals';
import ts from 'typescript-eslint';

/** The probes that the project brings: none may import another. */
const PROBES = ['ping', 'traceroute', 'tcp', 'qos', 'udp', 'bandwidth', 'mtu', 'dns', 'http', 'system', 'sensors', 'wireless'];
const TESTS = ['**/*.test.ts', '**/testing/**', 'bench/**'];

/** Who may import whom: see docs/architecture.md. `except` is relative to `from`. */
const zonesFor = (/** @type {string[]} */ ...alsoProbes) => [
  {
    target: './probes/sdk',
    from: ['./probes', './agent', './server', './cli', './dashboard'],
    except: ['./sdk'],
    message: 'the SDK imports nothing of ours',
  },
  { target: './probes', from: ['./agent', './server', './cli', './dashboard'], message: 'probes know nothing of agents and servers' },
  ...PROBES.map((name) => ({
    target: `./probes/${name}`,
    from: './probes',
    except: ['./sdk', './kernel', `./${name}`, ...alsoProbes],
    message: 'a probe imports sdk and kernel alone (its tests also the lab)',
  })),
  {
    target: './probes/reflector',
    from: './probes',
    except: ['./sdk', './kernel', './reflector'],
    message: 'the reflector imports sdk and kernel alone, as probes do',
  },
  { target: './agent', from: ['./server', './cli', './dashboard'], message: 'an agent knows a server only by GraphQL' },
  { target: './server', from: ['./agent', './cli', './dashboard'], message: 'the server knows agents only by GraphQL' },
  {
    target: './server',
    from: './probes',
    except: [
      './catalogue.ts',
      './reflector',
      './sdk/metric.ts',
      './sdk/stats.ts',
      './sdk/target.ts',
      './sdk/probe.ts',
      './sdk/error.ts',
      './sdk/run.ts',
    ],
    message: "the server imports the catalogue, the reflector and the SDK's types",
  },
  {
    target: './server/entities',
    from: ['./server/services', './server/resolvers'],
    message: 'resolvers -> services -> entities, never back',
  },
  { target: './server/services', from: './server/resolvers', message: 'resolvers -> services -> entities, never back' },
  { target: './dashboard', from: ['./server', './agent', './probes', './cli'], message: 'the dashboard knows only schema.graphql' },
];

export default ts.config(
  { ignores: ['dist/', 'data/', 'node_modules/', 'dashboard/graphql/generated.ts', '**/fixtures/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.vue'],
    extends: [...ts.configs.strict],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-extraneous-class': 'off', // resolvers and input types are classes for their decorators
      '@typescript-eslint/consistent-type-imports': 'off', // decorator metadata needs the value imports that it would take away
    },
  },
  {
    files: ['{probes,agent,server,cli,bench,dashboard,deploy}/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
    },
  },
  {
    files: ['{probes,agent,server,cli,bench,dashboard,deploy}/**/*.{ts,vue}'],
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: ['tsconfig.json', 'dashboard/tsconfig.json'] })] },
    rules: {
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones: zonesFor() }],
      'import-x/no-cycle': ['error', { ignoreExternal: true, maxDepth: 6 }],
    },
  },
  {
    files: ['**/*.{ts,mjs,js}'],
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true }],
      'no-empty': ['error', { allowEmptyCatch: false }],
      eqeqeq: 'error',
      'no-console': 'off',
    },
    languageOptions: { globals: globals.node },
  },
  // Entities refer to each other by nature: MikroORM resolves the circle at run time.
  { files: ['server/entities/**'], rules: { 'import-x/no-cycle': 'off' } },
  {
    files: ['probes/**/*.test.ts'],
    plugins: { 'import-x': importX },
    rules: { 'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones: zonesFor('./lab') }] },
  },
  { files: TESTS, rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-floating-promises': 'error' } },
  ...vue.configs['flat/recommended'].map((config) => ({ ...config, files: ['dashboard/**/*.vue'] })),
  {
    files: ['dashboard/**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.vue'] }, globals: globals.browser },
    rules: {
      'max-lines': ['error', { max: 250 }],
      'vue/multi-word-component-names': 'off',
      'vue/valid-v-slot': ['error', { allowModifiers: true }], // Vuetify's table slots are named item.name
    },
  },
  { files: ['dashboard/**/*.ts'], languageOptions: { globals: globals.browser } },
  prettier,
);
