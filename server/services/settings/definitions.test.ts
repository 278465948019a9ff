import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../config.js';
import { definitionOf } from './definitions.js';

describe('settings that nobody has set', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it.each([
    ['production', false],
    ['development', true],
  ])('tell the schema by NODE_ENV: in %s %s', (environment, told) => {
    vi.stubEnv('NODE_ENV', environment);
    expect(definitionOf('api.introspection').initial(loadConfig({}, {}))).toBe(told);
  });
});
