import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from './catalogue.js';
import { catalogueDocument } from './catalogue-document.js';

describe('docs/metrics.md', () => {
  it('is what the declarations say; if not: npm run build:node && node dist/probes/catalogue-document.js', () => {
    expect(readFileSync(join(import.meta.dirname, '..', 'docs', 'metrics.md'), 'utf8')).toBe(catalogueDocument());
  });

  it('has a row for each metric', () => {
    const rows = catalogueDocument().match(/^\| `.+\|$/gm) ?? [];
    expect(rows).toHaveLength(CATALOGUE.length);
    for (const row of rows) expect(row.split(/(?<!\\)\|/), row).toHaveLength(7);
  });
});
