import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CONFIGURATION_FILE, configurationDocument } from './configuration-document.js';

it('docs/configuration.md tells of every option and setting as the code declares it', () => {
  expect(readFileSync(CONFIGURATION_FILE, 'utf8')).toBe(configurationDocument());
});
