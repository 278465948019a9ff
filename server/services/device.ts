const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\bFirefox\/(\d+)/, 'Firefox'],
  [/\bFxiOS\/(\d+)/, 'Firefox'],
  [/\b(?:Headless)?Chrome\/(\d+)/, 'Chrome'],
  [/\bCriOS\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\b(iPhone|iPad)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];
const LONGEST = 60;

/** What a User-Agent header says in people's words, as in "Firefox 128 on Linux"; of a program its first word; null where nothing is said. */
export function deviceOf(userAgent: string | undefined): string | null {
  if (userAgent === undefined || userAgent.trim() === '') return null;
  const browser = BROWSERS.map(([pattern, name]) => nameOf(userAgent, pattern, name)).find((name) => name !== undefined);
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const program = browser ?? printable(userAgent.trim().split(/\s/)[0] ?? '').slice(0, LONGEST);
  return system === undefined ? program : `${program} on ${system}`;
}

function nameOf(userAgent: string, pattern: RegExp, name: string): string | undefined {
  const version = pattern.exec(userAgent)?.[1];
  return version === undefined ? undefined : `${name} ${version}`;
}

const printable = (text: string): string => text.replace(/[^\x21-\x7e]/g, '?');
