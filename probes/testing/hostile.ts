import type { Probe } from '../sdk/probe.js';
import type { Target } from '../sdk/target.js';

/** What would be made where a shell, or a program that takes a text for its option, got one of the texts below. */
export const MARKER = 'hostile-marker';

/** Texts that people try, by mistake or on purpose, where they end up in a command line, a packet, a file name or a page. */
export const HOSTILE_TEXTS: Readonly<Record<string, string>> = {
  'a leading dash': `-oProxyCommand=touch ${MARKER}`,
  'an option of ping and fping': `-f/etc/passwd`,
  'a shell command': `; touch ${MARKER} #`,
  'a substitution': `$(touch ${MARKER})\`touch ${MARKER}\``,
  'a pipe and a redirection': `x | touch ${MARKER} > ${MARKER}`,
  'a path upwards': '../../../../etc/passwd',
  'a line break': 'x\r\nInjected: yes',
  'a NUL': 'x\u0000y',
  'text that runs backwards': '\u202egpj.exe',
  'half a character': '\ud83d',
  'a name in Greek': 'παράδειγμα.δοκιμή',
  'an emoji': '\u{1f4a3}.example',
  'a format': '%s%n%x{{7*7}}${7*7}',
  'the name of a member of every object': '__proto__',
  'a huge number': '99999999999999',
  'labels that are too long': `${'x'.repeat(64)}.example`,
  'no label': '..',
  '64 kB of text': 'x'.repeat(65_536),
};

type Schema = Readonly<Record<string, unknown>>;
const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a setting of this schema may be given that holds the text: itself, in a list, as a name and as a value of a table. */
function holding(schema: Schema, text: string): unknown[] {
  if (schema.type === 'array') return [[text], Array.from({ length: 10_000 }, () => text.slice(0, 100))];
  if (schema.type === 'object') return [{ [text]: 'x' }, { 'x-name': text }, Object.fromEntries([['__proto__', text]])];
  return [text];
}

/** The smallest and largest number that a setting allows, and what lies beyond. */
function numbersAround({ minimum, maximum }: Schema): number[] {
  const limits = [minimum, maximum].filter((limit) => typeof limit === 'number');
  return [...limits, ...limits.flatMap((limit) => [limit - 1, limit + 1, limit + 0.5]), 1e308, -1e308, Number.NaN, -0];
}

/** One hostile value of one setting. */
export interface HostileSetting {
  readonly what: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Each setting of a probe with each hostile value, the others as given; those that the probe accepts too, for it must live with them. */
export function hostileSettings(probe: Probe, settings: object): HostileSetting[] {
  const schema: unknown = probe.settingsSchema;
  const properties = isSchema(schema) && isSchema(schema.properties) ? Object.entries(schema.properties) : [];
  return properties.flatMap(([name, property]) => {
    if (!isSchema(property)) return [];
    const texts = Object.entries(HOSTILE_TEXTS).flatMap(([what, text]) => holding(property, text).map((value) => [what, value] as const));
    const numbers = 'minimum' in property || 'maximum' in property ? numbersAround(property) : [];
    const values = [...texts, ...numbers.map((value) => [`the number ${value}`, value] as const)];
    return values.map(([what, value]) => ({ what: `${name}: ${what}`, settings: { ...settings, [name]: value } }));
  });
}

/** Targets as `parseTarget` never makes them: what a probe would get from a server that checked nothing. */
export function hostileTargets(): readonly (readonly [what: string, target: Target])[] {
  return Object.entries(HOSTILE_TEXTS).flatMap(([what, text]) => [
    [what, { kind: 'HOST', address: text, host: text, port: 9 }] as const,
    [`${what}, as an interface`, { kind: 'HOST', address: `::1%${text}`, host: `::1%${text}`, port: 9 }] as const,
    [`${what}, as a URL`, { kind: 'URL', address: text, host: text, port: 9, url: text }] as const,
  ]);
}
