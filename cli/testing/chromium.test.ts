import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from './browser.js';
import { unpackedChromium } from './chromium.js';

describe('the Chromium of the tests, on a machine where nobody unpacked it', () => {
  const before = process.env.TMPDIR;
  const folder = mkdtempSync(join(tmpdir(), 'streamswarm-fresh-'));

  beforeAll(() => {
    process.env.TMPDIR = folder;
  });

  afterAll(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows a form in any family of fonts', async () => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.setContent('<p style="font-family: monospace">12.5 ms</p><input value="text"><button>Go</button>');
      expect(await page.locator('input').inputValue()).toBe('text');
      expect((await page.screenshot()).length).toBeGreaterThan(1000);
    } finally {
      await browser.close();
    }
  });

  it('leaves the environment as it was', async () => {
    const whole = { ...process.env };
    await unpackedChromium();
    expect(process.env).toEqual(whole);
  });
});
