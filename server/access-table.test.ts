import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askAs, callAs, goAs, rootFields } from './testing/access/call.js';
import { allTypes, guardedFields, objectTypes, reachable } from './testing/access/reach.js';
import { CALLERS, type CallerName } from './testing/access/rules.js';
import { selectionOf, wayTo } from './testing/access/ways.js';
import { World } from './testing/access/world.js';
import { FIELDS, PAGING } from './testing/access-fields.js';
import { ACCESS, NESTED, TYPES } from './testing/access-table.js';
import { serverSchema } from './schema.js';

const schema = await serverSchema();
const roots = rootFields(schema);

async function everybody(ask: (caller: CallerName) => Promise<string>): Promise<Record<string, string>> {
  const seen: Record<string, string> = {};
  for (const caller of CALLERS) seen[caller] = await ask(caller);
  return seen;
}

describe('the table of who may what', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create();
  });
  afterAll(() => world.app.end());

  it('has a line for each query, mutation and subscription, and none for what is not there', () => {
    expect(Object.keys(ACCESS).sort()).toEqual(roots.map(({ coordinate }) => coordinate).sort());
  });

  it('has an entry for each field below them that has a guard of its own', () => {
    expect(Object.keys(NESTED).sort()).toEqual(guardedFields(schema).sort());
  });

  it('has each object type', () => {
    expect(Object.keys(TYPES).sort()).toEqual(objectTypes(schema).map(({ name }) => name).sort()); // prettier-ignore
  });

  it('has each field of each object type: a new one without an entry fails', () => {
    const fieldsOf = (name: string): readonly string[] => PAGING.find((each) => each.name.test(name))?.fields ?? FIELDS[name] ?? [];
    const entered = allTypes(schema).map(({ name }) => [name, [...fieldsOf(name)].sort()]);
    const there = allTypes(schema).map((type) => [type.name, Object.keys(type.getFields()).sort()]);
    expect(entered).toEqual(there);
    expect(Object.keys(FIELDS).sort()).toEqual(Object.keys(TYPES).sort());
  });

  it.each(CALLERS.filter((caller) => caller !== 'otherAgent'))(
    'lets %s see nothing of a type that is not theirs, however deep',
    (caller) => {
      const maySee = Object.keys(TYPES).filter((name) => TYPES[name]?.has(caller));
      expect([...reachable(schema, caller, ACCESS, NESTED)].sort()).toEqual(maySee.sort());
    },
  );

  for (const root of roots) {
    const entry = ACCESS[root.coordinate];
    if (!entry) continue;
    it(`is kept by ${root.coordinate}`, async () => {
      expect(await everybody((caller) => callAs(world, caller, root, entry))).toEqual(entry.rule);
    });
  }

  // Guarded fields apart: they are asked one by one below.
  it.each(objectTypes(schema))('is kept by every field of $name', async (type) => {
    const asked: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const caller of CALLERS) {
      const way = wayTo(schema, type, caller, { access: ACCESS, nested: NESTED });
      const entry = way && ACCESS[way.root.coordinate];
      if (!way || !entry) throw new Error(`nothing leads to ${type.name}`);
      asked[caller] = await goAs(world, caller, { root: way.root, selected: selectionOf(way.steps, type) }, entry);
      expected[caller] = way.outcome;
    }
    expect(asked).toEqual(expected);
  });

  it.each(Object.entries(NESTED))('is kept by %s', async (_coordinate, { rule, ask }) => {
    expect(await everybody((caller) => askAs(world, caller, ask(world, caller)))).toEqual(rule);
  });
});
