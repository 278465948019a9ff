import type { TestInput } from '../graphql/generated.js';
import { problemOf, toSettings, type Draft, type SchemaField } from './schema-form.js';

/** What was typed into the form of a new test; all of it text, so that nothing is lost on the way. */
export type TestDraft = {
  name: string;
  targets: string;
  agentIds: string[];
  probes: string[];
  interval: string;
  duration: string;
  settings: Record<string, Draft>;
};

export const NEW_TEST: TestDraft = {
  name: '',
  targets: '',
  agentIds: [],
  probes: ['ping', 'tcp'],
  interval: '5',
  duration: '',
  settings: {},
};

/** The settings' fields of each probe. */
export type FieldsByProbe = ReadonlyMap<string, readonly SchemaField[]>;

/** Targets stand one a line, or with commas or spaces between them. */
export function splitTargets(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter(Boolean))];
}

/** What has to be put right before the server is asked, by field; empty when nothing. */
export function draftProblems(draft: TestDraft, fields: FieldsByProbe): Record<string, string> {
  const problems: Record<string, string> = {};
  const interval = Number(draft.interval);
  const duration = Number(draft.duration);
  if (draft.name.trim() === '') problems.name = 'Give it a name that will be recognised in lists.';
  if (splitTargets(draft.targets).length === 0) problems.targets = 'Write at least one target.';
  if (draft.agentIds.length === 0) problems.agentIds = 'Choose at least one agent.';
  if (draft.probes.length === 0) problems.probes = 'Choose at least one thing to measure.';
  if (!(interval > 0)) problems.interval = 'Write a number of seconds.';
  if (draft.duration.trim() !== '' && !(Number.isInteger(duration) && duration >= 0))
    problems.duration = 'Write a whole number of seconds, or nothing.';
  const wrong = draft.probes.find((probe) =>
    (fields.get(probe) ?? []).some((field) => problemOf(field, draft.settings[probe]?.[field.key]) !== null),
  );
  if (wrong !== undefined) problems.settings = `Look at the settings of ${wrong}.`;
  return problems;
}

/** The draft as the server takes it. */
export function toTestInput(draft: TestDraft, fields: FieldsByProbe): TestInput {
  return {
    name: draft.name.trim(),
    targets: splitTargets(draft.targets),
    agentIds: [...draft.agentIds],
    probes: draft.probes.map((probe) => ({ probe, settings: toSettings(fields.get(probe) ?? [], draft.settings[probe] ?? {}) })),
    schedule: { intervalSeconds: Number(draft.interval), durationSeconds: draft.duration.trim() === '' ? null : Number(draft.duration) },
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
