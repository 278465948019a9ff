import type { StoredProbe } from '../../entities/test.js';
import { badUserInput, type FieldProblem } from '../../errors.js';
import type { CatalogueService } from '../catalogue.js';
import type { SettingsCipher } from './cipher.js';
import type { ProbeSpec } from './input.js';
import { isSettings, keepSecrets, putSecrets, splitSecrets } from './secret-settings.js';
import { settingsProblems } from './settings-check.js';

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
    const rules = this.catalogue.settingsRules(probe);
    if (!rules) {
      problems.push({ path: `${path}.probe`, message: `No agent has a probe "${probe}".` });
      return { probe, settings: {}, secrets: {} };
    }
    const wanted = given ?? {};
    const whole = isSettings(wanted) ? keepSecrets(rules.secretive, wanted, before ? this.forAgent(before).settings : {}) : wanted;
    problems.push(...settingsProblems(rules, whole, `${path}.settings`));
    return isSettings(whole) ? this.split(probe, rules.secretive, whole) : { probe, settings: {}, secrets: {} };
  }

  private split(probe: string, secretive: readonly unknown[], whole: Settings): StoredProbe {
    const { open, secrets } = splitSecrets(secretive, whole);
    const encrypted = [...secrets].map(([place, value]) => [place, this.cipher.encrypt(value, `${probe}.${place}`)]);
    return { probe, settings: open, secrets: Object.fromEntries(encrypted) as Record<string, string> };
  }

  /** As people see them: secrets are null. */
  forPeople({ probe, settings, secrets }: StoredProbe): { probe: string; settings: Settings } {
    return { probe, settings: putSecrets(settings, new Map(Object.keys(secrets).map((place) => [place, null]))) };
  }

  /** As the agent needs them. */
  forAgent({ probe, settings, secrets }: StoredProbe): { probe: string; settings: Settings } {
    const plain = Object.entries(secrets).map(([place, text]) => [place, this.cipher.decrypt(text, `${probe}.${place}`)] as const);
    return { probe, settings: putSecrets(settings, new Map(plain)) };
  }
}
