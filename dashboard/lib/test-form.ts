import type { Recurrence, TestDefinitionQuery, TestInput, Topology } from '../graphql/generated.js';
import { draftOfSettings, problemOf, toSettings, type Draft, type SchemaField } from './schema-form.js';

/** What stands in the form of a test; all of it text, so that nothing is lost on the way. */
export type TestDraft = {
  name: string;
  description: string;
  targets: string;
  agentIds: string[];
  topology: Topology;
  probes: string[];
  interval: string;
  duration: string;
  /** RFC 3339; empty: at once, or by cron. */
  startsAt: string;
  recurrence: Recurrence;
  cron: string;
  timezone: string;
  settings: Record<string, Draft>;
};

/** A test as the server says that it is defined. */
export type TestDefinition = NonNullable<TestDefinitionQuery['test']>;

export const NEW_TEST: TestDraft = {
  name: '',
  description: '',
  targets: '',
  agentIds: [],
  topology: 'EACH_TO_TARGETS',
  probes: ['ping', 'tcp'],
  interval: '5',
  duration: '',
  startsAt: '',
  recurrence: 'ONCE',
  cron: '',
  timezone: 'UTC',
  settings: {},
};

/** The settings' fields of each probe. */
export type FieldsByProbe = ReadonlyMap<string, readonly SchemaField[]>;

/** Targets stand one a line, or with commas or spaces between them. */
export function splitTargets(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter(Boolean))];
}

function scheduleProblems(draft: TestDraft): Record<string, string> {
  const problems: Record<string, string> = {};
  const duration = Number(draft.duration);
  if (!(Number(draft.interval) > 0)) problems.interval = 'Write a number of seconds.';
  if (draft.duration.trim() !== '' && !(Number.isInteger(duration) && duration >= 0))
    problems.duration = 'Write a whole number of seconds, or nothing.';
  if (draft.recurrence !== 'ONCE' && draft.cron.trim() === '')
    problems.cron = 'Say when sessions open, like 0 3 * * * for three every night.';
  return problems;
}

/** What has to be put right before the server is asked, by field; empty when nothing. */
export function draftProblems(draft: TestDraft, fields: FieldsByProbe): Record<string, string> {
  const problems = scheduleProblems(draft);
  if (draft.name.trim() === '') problems.name = 'Give it a name that will be recognised in lists.';
  if (draft.topology !== 'MESH' && splitTargets(draft.targets).length === 0) problems.targets = 'Write at least one target.';
  if (draft.agentIds.length === 0) problems.agentIds = 'Choose at least one agent.';
  if (draft.probes.length === 0) problems.probes = 'Choose at least one thing to measure.';
  const wrong = draft.probes.find((probe) =>
    (fields.get(probe) ?? []).some((field) => problemOf(field, draft.settings[probe]?.[field.key]) !== null),
  );
  if (wrong !== undefined) problems.settings = `Look at the settings of ${wrong}.`;
  return problems;
}

/** The draft as the server takes it. */
export function toTestInput(draft: TestDraft, fields: FieldsByProbe): TestInput {
  const repeats = draft.recurrence !== 'ONCE';
  return {
    name: draft.name.trim(),
    description: draft.description.trim() || null,
    targets: splitTargets(draft.targets),
    topology: draft.topology,
    agentIds: [...draft.agentIds],
    probes: draft.probes.map((probe) => ({ probe, settings: toSettings(fields.get(probe) ?? [], draft.settings[probe] ?? {}) })),
    schedule: {
      intervalSeconds: Number(draft.interval),
      durationSeconds: draft.duration.trim() === '' ? null : Number(draft.duration),
      startsAt: draft.startsAt || null,
      recurrence: draft.recurrence,
      cron: repeats ? draft.cron.trim() : null,
      timezone: draft.timezone.trim() || 'UTC',
    },
  };
}

/** A test that is there, as its form shows it. Secrets are empty: left so, they stay as they are. */
export function draftOf(test: TestDefinition, fields: FieldsByProbe): TestDraft {
  const { schedule } = test;
  const agentIds = test.agents.map(({ id }) => id);
  // In a mesh the server lists the agents among the targets: they are not written there.
  const meshed = new Set(test.topology === 'MESH' ? agentIds.map((id) => `agent:${id}`) : []);
  const setting = ({ probe, settings }: TestDefinition['probes'][number]): [string, Draft] => [
    probe,
    draftOfSettings(fields.get(probe) ?? [], settings),
  ];
  return {
    name: test.name,
    description: test.description ?? '',
    targets: test.targets.map(({ address }) => address).filter((address) => !meshed.has(address)).join('\n'), // prettier-ignore
    agentIds,
    topology: test.topology,
    probes: test.probes.map(({ probe }) => probe),
    interval: String(schedule.intervalSeconds),
    duration: schedule.durationSeconds === null || schedule.durationSeconds === undefined ? '' : String(schedule.durationSeconds),
    startsAt: schedule.startsAt ?? '',
    recurrence: schedule.recurrence,
    cron: schedule.cron ?? '',
    timezone: schedule.timezone,
    settings: Object.fromEntries(test.probes.map(setting)),
  };
}

/** The draft without what was typed into secret settings: what may be kept in the browser's storage. */
export function withoutSecrets(draft: TestDraft, fields: FieldsByProbe): TestDraft {
  const open = (probe: string, settings: Draft): Draft => {
    const secret = new Set((fields.get(probe) ?? []).filter(({ kind }) => kind === 'secret').map(({ key }) => key));
    return Object.fromEntries(Object.entries(settings).filter(([key]) => !secret.has(key)));
  };
  return {
    ...draft,
    settings: Object.fromEntries(Object.entries(draft.settings).map(([probe, settings]) => [probe, open(probe, settings)])),
  };
}

/**
 * The server's complaints about one probe's settings, by the setting's key. Paths are `input.probes.1.settings.count` or with brackets.
 */
export function settingErrors(errors: Readonly<Record<string, string>>, index: number): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [path, message] of Object.entries(errors)) {
    const [, at, key] = /probes[.[](\d+)\]?\.settings[./]([^./]+)/.exec(path) ?? [];
    if (Number(at) === index && key !== undefined) own[key] = message;
  }
  return own;
}
