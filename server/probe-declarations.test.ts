import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from './testing/app.js';
import { plugIn, registeredAgent } from './testing/agents.js';
import type { HttpClient } from './testing/client.js';
import { CREATE_TEST, createTest, readTest, testInput } from './testing/measuring.js';
import { setUpAdmin } from './testing/people.js';

const SECRET = 'correct-horse';
const UPDATE = 'mutation ($id: ID!, $input: TestInput!) { updateTest(id: $id, input: $input) { id } }';
const withTypes = (password: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  type: 'object',
  properties: { password: { type: 'string', ...password }, ...more },
  additionalProperties: false,
});

// Of ours and of a plug-in alike: to the server both are what agents declare.
describe.each(['http', 'tide'])('a probe that several agents declare (%s)', (name) => {
  let app: TestApp;
  let admin: HttpClient;
  let honest: string;
  let rogue: Awaited<ReturnType<typeof registeredAgent>>;

  const declared = (settingsSchema: unknown, version = '1.0.0') => plugIn({ name, version, settingsSchema, metrics: [] });
  const wanted = (settings: unknown) => testInput([honest], { probes: [{ probe: name, settings }] });
  const stored = async (id: string): Promise<string> => {
    const [row] = await app.orm.em.fork().execute<{ probes: unknown }[]>('select probes from test where id = ?', [id]);
    return JSON.stringify(row);
  };

  beforeAll(async () => {
    app = await startTestApp();
    admin = await setUpAdmin(app);
    ({ id: honest } = await registeredAgent(app, { probes: [declared(withTypes({ writeOnly: true }))] }));
    rogue = await registeredAgent(app, {
      installId: 'a rogue installation',
      probes: [declared(withTypes({}, { colour: { type: 'string', pattern: '^(a|a)*$' } }), '9.0.0')],
    });
  });
  afterAll(() => app.end());

  it('keeps a setting secret that another agent declares as plain', async () => {
    const { id, probes } = await createTest(admin, wanted({ password: SECRET }));
    expect(probes).toEqual([{ probe: name, settings: { password: null } }]);
    expect(await stored(id)).not.toContain(SECRET);
    await admin.data(UPDATE, { id, input: wanted({ password: null, colour: 'aaa' }) });
    expect((await readTest(admin, id)).probes).toEqual([{ probe: name, settings: { password: null, colour: 'aaa' } }]);
    expect(await stored(id)).not.toContain(SECRET);
  });

  it('takes settings of each version that an agent has, and of no other', async () => {
    expect(await admin.code(CREATE_TEST, { input: wanted({ colour: 'a' }) })).toBeUndefined();
    expect(await admin.code(CREATE_TEST, { input: wanted({ size: 1 }) })).toBe('BAD_USER_INPUT');
  });

  it('gives up a pattern that takes for ever, and answers others meanwhile', async () => {
    const { errors } = await admin.send(CREATE_TEST, { input: wanted({ colour: `${'a'.repeat(60)}!` }) });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'input.probes.0.settings' }] });
    expect(await admin.code('{ me { id } }')).toBeUndefined();
  });

  it('keeps it secret when the agent that said so is gone', async () => {
    await admin.data('mutation ($id: ID!) { deleteAgent(id: $id) }', { id: honest });
    const input = testInput([rogue.id], { probes: [{ probe: name, settings: { password: SECRET } }] });
    const { id, probes } = await createTest(admin, input);
    expect(probes).toEqual([{ probe: name, settings: { password: null } }]);
    expect(await stored(id)).not.toContain(SECRET);
  });
});
