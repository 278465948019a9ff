import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** A browser on the disk and what it wants of its environment. */
export interface UnpackedBrowser {
  executablePath: string;
  env: Record<string, string>;
}

/** The variables that the package changes by being loaded or unpacked. */
const CHANGED = ['TMPDIR', 'AWS_EXECUTION_ENV', 'FONTCONFIG_PATH', 'LD_LIBRARY_PATH'] as const;

/**
 * The Chromium that npm brought (`@sparticuz/chromium`, Linux), unpacked once for each user into the folder for temporary files. Another process that
 * unpacks at the same time is no harm: the folder takes its name when it is whole.
 *
 * It finds fonts by itself on any machine: without one, each form crashes the page (Skia's `SkFontMgr_FontConfigInterface`: "Not implemented").
 */
export async function unpackedChromium(): Promise<UnpackedBrowser> {
  const folder = join(tmpdir(), `streamswarm-browser-${userInfo().uid}`);
  if (!existsSync(folder)) await unpackInto(folder);
  const libraries = [join(folder, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return {
    executablePath: join(folder, 'chromium'),
    env: { FONTCONFIG_FILE: join(folder, 'fonts.conf'), LD_LIBRARY_PATH: libraries },
  };
}

async function unpackInto(folder: string): Promise<void> {
  const parts = mkdtempSync(`${folder}-`);
  try {
    await unpackPackage(parts);
    writeFileSync(join(parts, 'fonts.conf'), fontsOf(folder));
    mkdirSync(join(parts, 'fonts-cache'), { recursive: true });
    renameSync(parts, folder);
  } catch (error) {
    // Another process was first, and its folder is as good.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(parts, { recursive: true, force: true });
  }
}

/** The package has no other way to be told where to unpack, and unpacks the libraries that it carries (libnss3 and others) only in that environment. */
async function unpackPackage(folder: string): Promise<void> {
  const before = CHANGED.map((name) => [name, process.env[name]] as const);
  process.env.TMPDIR = folder;
  process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs20.x';
  try {
    const { default: chromium } = await import('@sparticuz/chromium');
    await chromium.executablePath();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
}

/** The machine's fonts, and the package's own for a machine without any. */
function fontsOf(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>${join(folder, 'fonts')}</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`;
}
