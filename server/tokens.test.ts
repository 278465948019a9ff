import { describe, expect, it } from 'vitest';
import { ApiToken } from './entities/api-token.js';
import { HttpClient } from './testing/client.js';
import { ownServer } from './testing/own-server.js';
import { withApiToken } from './testing/people.js';

const CREATE =
  'mutation ($input: ApiTokenInput!) { createApiToken(input: $input) { secret token { id kind role status prefix maxUses } } }';

interface Created {
  readonly createApiToken: { readonly secret: string; readonly token: { readonly id: string; readonly prefix: string } };
}

describe('tokens', () => {
  const server = ownServer();

  it('show their secret once; only its hash and first characters are kept', async () => {
    const { createApiToken } = await server.admin.data<Created>(CREATE, { input: { name: 'Grafana', kind: 'API', role: 'VIEWER' } });
    const { secret, token } = createApiToken;
    expect(secret).toMatch(/^ssa_[\w-]{43}$/);
    expect(token).toMatchObject({ kind: 'API', role: 'VIEWER', status: 'AVAILABLE', maxUses: null, prefix: secret.slice(0, 10) });
    expect(JSON.stringify(await server.app.orm.em.fork().findAll(ApiToken))).not.toContain(secret);
    expect(JSON.stringify(server.app.logged)).not.toContain(secret);
  });

  it('of kind ENROLLMENT register one agent unless told otherwise', async () => {
    const { createApiToken } = await server.admin.data<Created>(CREATE, { input: { name: 'attic', kind: 'ENROLLMENT' } });
    expect(createApiToken.secret).toMatch(/^sse_[\w-]{43}$/);
    expect(createApiToken.token).toMatchObject({ role: null, maxUses: 1 });
  });

  it('let an integration do what its role allows, and no more', async () => {
    const viewer = await withApiToken(server.app, server.admin, 'VIEWER');
    expect(await viewer.code('{ agents { totalCount } }')).toBeUndefined();
    expect(await viewer.code('{ users { id } }')).toBe('FORBIDDEN');
    expect(await viewer.code('mutation { deleteAgent(id: "x") }')).toBe('FORBIDDEN');
    const operator = await withApiToken(server.app, server.admin, 'OPERATOR');
    expect(await operator.code('mutation { deleteAgent(id: "x") }')).toBe('NOT_FOUND');
    expect(await operator.code('mutation { changePassword(current: "a", next: "b") }')).toBe('FORBIDDEN');
  });

  it('stop at once when they are revoked, expired, or get a new secret', async () => {
    const revoked = await withApiToken(server.app, server.admin, 'VIEWER');
    const { revokeApiToken } = await server.admin.data<{ revokeApiToken: unknown }>(
      'mutation ($id: ID!) { revokeApiToken(id: $id) { status } }',
      {
        id: revoked.tokenId,
      },
    );
    expect(revokeApiToken).toEqual({ status: 'REVOKED' });
    expect(await revoked.code('{ agents { totalCount } }')).toBe('UNAUTHENTICATED');
    expect(await server.admin.code('mutation ($id: ID!) { regenerateApiToken(id: $id) { secret } }', { id: revoked.tokenId })).toBe(
      'CONFLICT',
    );

    const renewed = await withApiToken(server.app, server.admin, 'VIEWER');
    const { regenerateApiToken } = await server.admin.data<{ regenerateApiToken: { secret: string } }>(
      'mutation ($id: ID!) { regenerateApiToken(id: $id) { secret } }',
      { id: renewed.tokenId },
    );
    expect(await renewed.code('{ agents { totalCount } }')).toBe('UNAUTHENTICATED');
    expect(await new HttpClient(server.app.url, regenerateApiToken.secret).code('{ agents { totalCount } }')).toBeUndefined();

    await server.app.orm.em.fork().nativeUpdate(ApiToken, renewed.tokenId, { expiresAt: new Date(Date.now() - 1) });
    expect(await new HttpClient(server.app.url, regenerateApiToken.secret).code('{ agents { totalCount } }')).toBe('UNAUTHENTICATED');
  });

  it('can be given another name and description', async () => {
    const { tokenId } = await withApiToken(server.app, server.admin, 'VIEWER');
    const update =
      'mutation ($id: ID!, $name: String, $description: String) { updateApiToken(id: $id, name: $name, description: $description) { name description } }';
    expect(await server.admin.data(update, { id: tokenId, description: 'for the wall' })).toEqual({
      updateApiToken: { name: 'VIEWER token', description: 'for the wall' },
    });
    expect(await server.admin.data(update, { id: tokenId, name: 'Wall' })).toEqual({
      updateApiToken: { name: 'Wall', description: 'for the wall' },
    });
    expect(await server.admin.code(update, { id: 'nobody' })).toBe('NOT_FOUND');
  });

  it.each([
    [{ name: '', kind: 'API', role: 'VIEWER' }, 'input.name'],
    [{ name: 'x', kind: 'API' }, 'input.role'],
    [{ name: 'x', kind: 'ENROLLMENT', role: 'ADMIN' }, 'input.role'],
    [{ name: 'x', kind: 'ENROLLMENT', maxUses: 0 }, 'input.maxUses'],
    [{ name: 'x', kind: 'ENROLLMENT', expiresAt: '2020-01-01T00:00:00Z' }, 'input.expiresAt'],
    [{ name: 'x', kind: 'MASTER' }, 'input.kind'],
  ])('are not made from %j', async (input, path) => {
    const { errors } = await server.admin.send(CREATE, { input });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
  });
});
