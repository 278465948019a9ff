import type { Logger } from 'pino';
import { z } from 'zod';
import type { ServerConfig } from '../../config.js';
import { SystemSetting } from '../../entities/system-setting.js';
import { badUserInput } from '../../errors.js';
import { actorOf } from '../../identity.js';
import type { EntityManager, Orm } from '../../orm.js';
import type { ServerPubSub } from '../../pubsub.js';
import type { AuditService, Caller } from '../audit.js';
import { exclusively, sqlOf } from '../store.js';
import { definitionOf, isSettingKey, SETTING_KEYS, type SettingKey, type SettingValue, type SettingValues } from './definitions.js';
import { orderProblem } from './orders.js';

/** Another process's change arrives as an event; should that be lost, after so long. */
const RELOAD_MS = 30_000;

/** A setting as administrators see it. */
export interface SettingView {
  readonly key: SettingKey;
  readonly value: unknown;
  readonly defaultValue: unknown;
  readonly title: string;
  readonly description: string;
  /** JSON Schema of the values that it takes. */
  readonly schema: object;
  readonly updatedAt: Date;
  /** Null where it has its default. */
  readonly updatedBy: string | null;
}

interface SettingsDeps {
  readonly orm: Orm;
  readonly config: ServerConfig;
  readonly pubsub: ServerPubSub;
  readonly audit: AuditService;
  readonly log: Logger;
}

/** The settings of the installation: typed, and the same in every process without a restart. */
export class SettingsService {
  private values: SettingValues;
  private readonly defaults: SettingValues;
  private readonly listeners = new Map<SettingKey, Set<() => void>>();
  private readonly startedAt = new Date();
  private timer: NodeJS.Timeout | undefined;
  private unlisten: readonly (() => void)[] = [];
  private reloading: Promise<void> = Promise.resolve();

  constructor(private readonly deps: SettingsDeps) {
    const initial = SETTING_KEYS.map((key) => [key, definitionOf(key).initial(deps.config)]);
    this.defaults = Object.fromEntries(initial) as SettingValues;
    this.values = this.defaults;
  }

  /** Reads what is stored, and follows what other processes change. */
  async start(): Promise<void> {
    await this.load();
    const { pubsub } = this.deps;
    this.unlisten = (['settingsChanged', 'eventsMissed'] as const).map((topic) => pubsub.listen(topic, () => void this.reload()));
    this.timer = setInterval(() => void this.reload(), RELOAD_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    for (const unlisten of this.unlisten) unlisten();
    await this.reloading;
  }

  /** The value that holds now. */
  get<K extends SettingKey>(key: K): SettingValue<K> {
    return this.values[key] as SettingValue<K>;
  }

  /** Calls back with the new value each time that it changes, until the function that it returns is called. */
  onChange<K extends SettingKey>(key: K, listener: (value: SettingValue<K>) => void): () => void {
    const call = (): void => listener(this.get(key));
    const all = this.listeners.get(key) ?? new Set();
    this.listeners.set(key, all.add(call));
    return () => void all.delete(call);
  }

  /** All settings, as they are stored. */
  async list(em: EntityManager): Promise<SettingView[]> {
    const rows = new Map((await storedRows(em)).map((row) => [row.key, row]));
    return SETTING_KEYS.map((key) => this.view(key, rows.get(key)));
  }

  /** Sets one; in force here when this resolves, and everywhere else at once. @throws ApiError BAD_USER_INPUT that says what would be right */
  async set(caller: Caller, key: string, given: unknown): Promise<SettingView> {
    if (!isSettingKey(key))
      throw badUserInput({ path: 'key', message: `There is no setting "${key}". There are: ${SETTING_KEYS.join(', ')}.` });
    const value = checked(key, given);
    const row = await caller.em.transactional(async (transaction) => {
      const em = transaction as EntityManager;
      // Two that are changed at once are judged one after the other: each alone may be in order where both are not.
      await exclusively(sqlOf(em), 'settings');
      const rows = await storedRows(em);
      const before = this.merge(rows);
      const problem = orderProblem({ ...before, [key]: value }, key);
      if (problem !== undefined) throw badUserInput({ path: 'value', message: problem });
      const changed =
        rows.find((each) => each.key === key) ?? em.create(SystemSetting, { key, value, updatedAt: new Date(), updatedBy: null });
      Object.assign(changed, { value, updatedAt: new Date(), updatedBy: actorOf(caller.identity) });
      this.deps.audit.add({ ...caller, em }, { action: 'setting.set', subject: key, details: { before: before[key], after: value } });
      em.persist(changed);
      return changed;
    });
    await this.load();
    this.deps.pubsub.publish('settingsChanged', { key });
    return this.view(key, row);
  }

  private view(key: SettingKey, row: SystemSetting | undefined): SettingView {
    const { title, description, schema } = definitionOf(key);
    const stored = row && schema.safeParse(row.value).success ? row : undefined;
    return {
      ...{ key, title, description, defaultValue: this.defaults[key], value: stored ? stored.value : this.defaults[key] },
      schema: z.toJSONSchema(schema),
      updatedAt: stored?.updatedAt ?? this.startedAt,
      updatedBy: stored?.updatedBy ?? null,
    };
  }

  private reload(): Promise<void> {
    this.reloading = this.reloading
      .then(() => this.load())
      .catch((error: unknown) => {
        this.deps.log.error({ err: error }, 'the settings could not be read again; what held before holds on');
      });
    return this.reloading;
  }

  private async load(): Promise<void> {
    const before = this.values;
    this.values = this.merge(await storedRows(this.deps.orm.em.fork()));
    for (const key of SETTING_KEYS) {
      if (JSON.stringify(before[key]) !== JSON.stringify(this.values[key])) this.listeners.get(key)?.forEach((listener) => listener());
    }
  }

  /** A value that is stored but not allowed (any more) is passed over: a server must start with what an older or newer one wrote. */
  private merge(rows: readonly SystemSetting[]): SettingValues {
    const merged: Record<string, unknown> = { ...this.defaults };
    for (const { key, value } of rows) {
      if (!isSettingKey(key)) continue;
      const parsed = definitionOf(key).schema.safeParse(value);
      if (parsed.success) merged[key] = parsed.data;
      else this.deps.log.warn({ key, value }, 'a stored setting is not valid: its default holds');
    }
    return merged as SettingValues;
  }
}

function storedRows(em: EntityManager): Promise<SystemSetting[]> {
  return em.find(SystemSetting, { key: { $in: SETTING_KEYS } }, { refresh: true });
}

function checked(key: SettingKey, given: unknown): unknown {
  const parsed = definitionOf(key).schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues.map(({ message }) => message).join('; ');
  throw badUserInput({
    path: 'value',
    message: `${JSON.stringify(given)} is no value of ${key}: ${problem}. ${definitionOf(key).description}`,
  });
}
