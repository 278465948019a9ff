import { beforeAll, describe, expect, it } from 'vitest';
import { labAvailability, needsLab } from './lab/index.js';
import { builtInProbes, loadProbe } from './registry.js';
import { BY_HOST, NOT_PRODUCED } from './testing/not-produced.js';
import { ProducedIds } from './testing/produced.js';

const { available } = labAvailability();

describe.skipIf(!available)(needsLab('what runs in the lab and on loopback produce'), () => {
  let produced: ProducedIds;
  beforeAll(async () => void (produced = await ProducedIds.collect()), 180_000);

  it.each(builtInProbes)('is what %s declares, apart from what is listed with its reason', async (name) => {
    const declared = (await loadProbe(name)).metrics.map(({ id }) => id);
    const given = produced.of(name);
    const listed = [...Object.keys(NOT_PRODUCED), ...Object.keys(BY_HOST)];
    const surplus = {
      'declared, yet produced by no run': declared.filter((id) => !given.has(id) && !listed.includes(id)),
      'produced, yet not declared': [...given].filter((id) => !declared.includes(id)),
      'listed as not produced, yet produced': Object.keys(NOT_PRODUCED).filter((id) => given.has(id)),
    };
    expect(surplus).toEqual(Object.fromEntries(Object.keys(surplus).map((what) => [what, []])));
  });

  it('leaves no reason for a metric that nobody declares', async () => {
    const probes = await Promise.all(builtInProbes.map((name) => loadProbe(name)));
    const declared = probes.flatMap(({ metrics }) => metrics.map(({ id }) => id));
    expect([...Object.keys(NOT_PRODUCED), ...Object.keys(BY_HOST)].filter((id) => !declared.includes(id))).toEqual([]);
  });
});
