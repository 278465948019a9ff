import { SchemaPlace } from './schema-walk.js';

type Settings = Record<string, unknown>;

/** Settings that are taken apart: what anyone may see, and the secrets by where they stand, like `auth/password` or `headers/0/value`. */
export interface SplitSettings {
  readonly open: Settings;
  readonly secrets: ReadonlyMap<string, unknown>;
}

/** Takes the settings that one of the JSON Schemas marks `writeOnly` out, at any depth. In an array null stays in their place. */
export function splitSecrets(schemas: readonly unknown[], settings: Settings): SplitSettings {
  const secrets = new Map<string, unknown>();
  return { open: openPart(SchemaPlace.of(schemas), settings, '', secrets) as Settings, secrets };
}

/** Settings with these secrets in their places. */
export function putSecrets(open: Settings, secrets: ReadonlyMap<string, unknown>): Settings {
  const whole = structuredClone(open);
  for (const [path, secret] of secrets) put(whole, path.split('/').map(nameOf), secret);
  return whole;
}

/**
 * What is meant by settings that a person wrote who sees no secrets: one that is left out, or null, is the one that was there before. Without one
 * it is left out. In a list a secret stays with the item whose other settings are the same: it never goes to another one.
 */
export function keepSecrets(schemas: readonly unknown[], given: Settings, before: Settings): Settings {
  return kept(SchemaPlace.of(schemas), given, before) as Settings;
}

function openPart(place: SchemaPlace, value: unknown, path: string, secrets: Map<string, unknown>): unknown {
  const below = (child: SchemaPlace, each: unknown, name: string): unknown => {
    const at = path === '' ? written(name) : `${path}/${written(name)}`;
    if (!child.isSecret) return openPart(child, each, at, secrets);
    if (each !== null && each !== undefined) secrets.set(at, each);
    return undefined;
  };
  if (Array.isArray(value)) return value.map((each, index) => below(place.item(index), each, String(index)) ?? null);
  if (!isSettings(value)) return value;
  const entries = Object.entries(value).map(([name, each]) => [name, below(place.property(name), each, name)] as const);
  return Object.fromEntries(entries.filter(([, each]) => each !== undefined));
}

function kept(place: SchemaPlace, given: unknown, before: unknown): unknown {
  if (Array.isArray(given))
    return given.map((each, index) => keptItem(place.item(index), each, Array.isArray(before) ? before : [], index));
  if (!isSettings(given)) return given;
  const old = isSettings(before) ? before : {};
  const names = new Set([...Object.keys(given), ...Object.keys(old).filter((name) => place.property(name).isSecret)]);
  const entries = [...names].map((name) => {
    const child = place.property(name);
    return [name, child.isSecret ? (given[name] ?? old[name]) : kept(child, given[name], old[name])] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function keptItem(place: SchemaPlace, given: unknown, before: readonly unknown[], index: number): unknown {
  if (place.isSecret) return given ?? before[index];
  const wanted = withoutSecrets(place, given);
  const same = [before[index], ...before].find((each) => each !== undefined && withoutSecrets(place, each) === wanted);
  return kept(place, given, same);
}

function withoutSecrets(place: SchemaPlace, value: unknown): string {
  return JSON.stringify(openPart(place, value, '', new Map()), (_name, each: unknown) => (isSettings(each) ? sorted(each) : each));
}

function sorted(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function put(whole: unknown, names: readonly string[], secret: unknown): void {
  const [name, ...rest] = names;
  if (name === undefined || typeof whole !== 'object' || whole === null) return;
  const holder = whole as Settings;
  if (rest.length === 0) holder[name] = secret;
  else put(holder[name], rest, secret);
}

const written = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
const nameOf = (text: string): string => text.replaceAll('~1', '/').replaceAll('~0', '~');

/** Whether this is an object of settings, not a list or a plain value. */
export function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
