import { describe, expect, it } from 'vitest';
import type { HttpClient } from './testing/client.js';
import { createTest, resultInput, submit, testInput, tideAgent } from './testing/measuring.js';
import { ownServer } from './testing/own-server.js';
import { withApiToken } from './testing/people.js';

const FIRST = 7;
const PAGE = 'nodes { id } pageInfo { hasNextPage endCursor }';
const RESULTS = `query ($id: ID!, $first: Int, $after: String) { test(id: $id) { list: results(first: $first, after: $after) { ${PAGE} } } }`;
const TESTS = `query ($first: Int, $after: String) { list: tests(first: $first, after: $after) { ${PAGE} } }`;
const AUDIT = `query ($first: Int, $after: String) { list: auditEvents(first: $first, after: $after) { ${PAGE} } }`;

interface List {
  readonly nodes: readonly { readonly id: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}
type Read = (after: string | null) => Promise<List>;
/** What happens after a page, which is given with all that was shown before it. */
type Between = (page: readonly string[], shown: readonly string[]) => Promise<void>;

/** All ids that the pages show, one after the other, with something happening between them. */
async function walk(read: Read, between: Between = () => Promise.resolve()): Promise<string[]> {
  const shown: string[] = [];
  for (let after: string | null = null, more = true; more;) {
    const list: List = await read(after);
    const page = list.nodes.map(({ id }) => id);
    expect(page.length).toBeLessThanOrEqual(FIRST);
    await between(page, [...shown]);
    shown.push(...page);
    after = list.pageInfo.endCursor;
    more = list.pageInfo.hasNextPage;
  }
  return shown;
}

const listOf =
  (client: HttpClient, query: string): Read =>
  async (after) =>
    (await client.data<{ list: List }>(query, { first: FIRST, after })).list;

describe('pages of a list that changes between them', () => {
  const server = ownServer();

  it('lose and repeat no result: while others come, late ones too, and others go, the one at the cursor too', async () => {
    const { app, admin } = server;
    const [attic, cellar] = [await tideAgent(app), await tideAgent(app, 'Cellar')];
    const test = await createTest(admin, testInput([attic.id, cellar.id]));
    const start = Date.now() - 600_000;
    const read: Read = async (after) =>
      (await admin.data<{ test: { list: List } }>(RESULTS, { id: test.id, first: FIRST, after })).test.list;
    const places = new Map<string, number>();
    const send = async (at: number, agent = attic): Promise<string> => {
      const result = resultInput(test, at);
      const { accepted } = await submit(agent.client, [result]);
      expect(accepted).toEqual([result.id]);
      places.set(String(result.id), at);
      return String(result.id);
    };
    // Three and more of a moment, of both agents: pages end in the middle of them.
    for (let index = 0; index < 60; index++) await send(start + 1000 * Math.floor(index / 4), index % 3 === 0 ? cellar : attic);
    const initial = await walk(read);
    expect(new Set(initial)).toEqual(new Set(places.keys()));

    const removed: string[] = [];
    const late: string[] = [];
    const shown = await walk(read, async (page, before) => {
      const left = initial.filter((id) => !before.includes(id) && !page.includes(id) && !removed.includes(id));
      // One that was shown, the one at the cursor, and one that is still to come.
      const going = [before.at(-2), page.at(-1), left[3]].filter((id) => id !== undefined);
      await app.services.store.write(async (sql) => {
        const list = JSON.stringify(going.map((id) => [id.replaceAll('-', '')]));
        await sql(`delete from result where id in (select ${sql.dialect.idFromHex('k.hex')} from ${sql.dialect.rows({ hex: 'text' })} k)`, [
          list,
        ]);
      });
      if (left[3] !== undefined) removed.push(left[3]);
      // Newer than all; of the same moment as the one at the cursor; older than all that is left.
      await send(Date.now());
      const cursor = page.at(-1);
      if (cursor !== undefined) await send(places.get(cursor) ?? NaN, cellar);
      if (left.length > 0 && late.length < 5) late.push(await send(start - 1000 * (late.length + 1)));
    });
    expect(removed.length).toBeGreaterThan(3);
    expect(shown).toEqual([...initial.filter((id) => !removed.includes(id)), ...late]);
  });

  it('lose and repeat no test, while tests are made and deleted', async () => {
    const { app, admin } = server;
    const { id: agentId } = await tideAgent(app);
    const make = async (): Promise<string> => (await createTest(admin, testInput([agentId]))).id;
    const made: string[] = [];
    for (let index = 0; index < 30; index++) made.push(await make());
    const initial = await walk(listOf(admin, TESTS));
    expect(initial).toEqual([...made].reverse());

    const removed: string[] = [];
    const shown = await walk(listOf(admin, TESTS), async (page, before) => {
      const left = initial.filter((id) => !before.includes(id) && !page.includes(id) && !removed.includes(id));
      const ids = [before.at(-2), page.at(-1), left[0], left[4]].filter((id) => id !== undefined);
      await admin.data('mutation ($ids: [ID!]!) { deleteTests(ids: $ids) }', { ids });
      removed.push(...ids.filter((id) => left.includes(id)));
      await make();
    });
    expect(removed.length).toBeGreaterThan(4);
    expect(shown).toEqual(initial.filter((id) => !removed.includes(id)));
  });

  it('lose and repeat no event of the audit log, to which events are added (none is ever removed)', async () => {
    const { app, admin } = server;
    const viewer = await withApiToken(app, admin, 'VIEWER');
    // A refusal that comes again is no event of its own.
    const issue = (): Promise<unknown> =>
      admin.data('mutation { createApiToken(input: { name: "grafana", kind: API, role: VIEWER }) { token { id } } }');
    for (let index = 0; index < 25; index++) await issue();
    await viewer.code('{ users { id } }');
    const initial = await walk(listOf(admin, AUDIT));
    expect(initial.length).toBeGreaterThan(26);
    const shown = await walk(listOf(admin, AUDIT), async () => {
      for (let index = 0; index <= FIRST; index++) await issue();
    });
    expect(shown).toEqual(initial);
    expect((await walk(listOf(admin, AUDIT))).slice(-initial.length)).toEqual(initial);
  });
});
