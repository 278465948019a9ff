import type { StoredProbe } from '../../entities/test.js';
import { badUserInput, type FieldProblem } from '../../errors.js';
import type { CatalogueService } from '../catalogue.js';
import type { SettingsCipher } from './cipher.js';
import type { ProbeSpec } from './input.js';
import { secretSettings, settingsProblems } from './settings-check.js';

type Settings = Record<string, unknown>;

/** Turns probes as people write them into what is stored, and back: for people without secrets, for agents whole. */
export class StoredProbes {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly cipher: SettingsCipher,
  ) {}

  /** @param before what is stored now: a secret that is left out (or null, as people see it) is kept. @throws ApiError BAD_USER_INPUT */
  store(specs: readonly ProbeSpec[], before: readonly StoredProbe[] = []): StoredProbe[] {
    const problems: FieldProblem[] = specs.length === 0 ? [{ path: 'input.probes', message: 'A test needs at least one probe.' }] : [];
    const stored = specs.map((spec, index) => {
      const path = `input.probes.${index}`;
      if (specs.findIndex((each) => each.probe === spec.probe) < index)
        problems.push({ path, message: `The probe "${spec.probe}" is there twice.` });
      return this.storeOne(
        spec,
        before.find((each) => each.probe === spec.probe),
        path,
        problems,
      );
    });
    const [first, ...others] = problems;
    if (first) throw badUserInput(first, ...others);
    return stored;
  }

  private storeOne(
    { probe, settings: given }: ProbeSpec,
    before: StoredProbe | undefined,
    path: string,
    problems: FieldProblem[],
  ): StoredProbe {
    const declared = this.catalogue.probe(probe);
    if (!declared) {
      problems.push({ path: `${path}.probe`, message: `No agent has a probe "${probe}".` });
      return { probe, settings: {}, secrets: {} };
    }
    const secretNames = secretSettings(declared);
    const kept = before ? this.secretsOf(before) : {};
    const whole = isSettings(given ?? {}) ? withKept((given ?? {}) as Settings, kept, secretNames) : given;
    problems.push(...settingsProblems(declared, whole, `${path}.settings`));
    return isSettings(whole) ? this.split(probe, whole, secretNames) : { probe, settings: {}, secrets: {} };
  }

  private split(probe: string, whole: Settings, secretNames: readonly string[]): StoredProbe {
    const isSecret = ([name]: [string, unknown]): boolean => secretNames.includes(name);
    const entries = Object.entries(whole);
    const settings = Object.fromEntries(entries.filter((entry) => !isSecret(entry)));
    const secrets = entries.filter(isSecret).map(([name, value]) => [name, this.cipher.encrypt(value, `${probe}.${name}`)]);
    return { probe, settings, secrets: Object.fromEntries(secrets) as Record<string, string> };
  }

  /** As people see them: secrets are null. */
  forPeople({ probe, settings, secrets }: StoredProbe): { probe: string; settings: Settings } {
    return { probe, settings: { ...settings, ...Object.fromEntries(Object.keys(secrets).map((name) => [name, null])) } };
  }

  /** As the agent needs them. */
  forAgent(stored: StoredProbe): { probe: string; settings: Settings } {
    return { probe: stored.probe, settings: { ...stored.settings, ...this.secretsOf(stored) } };
  }

  private secretsOf({ probe, secrets }: StoredProbe): Settings {
    return Object.fromEntries(Object.entries(secrets).map(([name, text]) => [name, this.cipher.decrypt(text, `${probe}.${name}`)]));
  }
}

/** A secret that is left out, or null as people see it, is the one that is kept; without one it is left out. */
function withKept(given: Settings, kept: Settings, secretNames: readonly string[]): Settings {
  const isLeftOut = (name: string): boolean => secretNames.includes(name) && (given[name] ?? null) === null;
  const said = Object.entries(given).filter(([name]) => !isLeftOut(name));
  const held = Object.entries(kept).filter(([name]) => isLeftOut(name));
  return Object.fromEntries([...said, ...held]);
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
