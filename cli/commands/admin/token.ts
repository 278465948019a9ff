import { Command, Option } from 'commander';
import type { ApiToken } from '../../../server/entities/api-token.js';
import type { Role, TokenKind } from '../../../server/entities/enums.js';
import { table } from '../../table.js';
import { wholeNumber } from '../options.js';
import { adminCommand, print, type AdminOptions } from './options.js';
import { withAdministration } from './with-administration.js';

interface IssueOptions extends AdminOptions {
  readonly kind: TokenKind;
  readonly role?: Role;
  readonly days?: number;
  readonly uses?: number;
}

const DAY_MS = 86_400_000;

/** `streamswarm token`: what registers agents, and what integrations carry. */
export function tokenCommand(): Command {
  const token = new Command('token').description('issue tokens for agents and integrations, list and revoke them');
  for (const command of [issue(), list(), revoke()]) token.addCommand(command);
  return token;
}

function issue(): Command {
  return adminCommand('issue', 'make a token; its secret is printed this once')
    .argument('<name>', 'what people call it')
    .addOption(
      new Option('--kind <kind>', 'ENROLLMENT registers agents, API is for integrations')
        .choices(['ENROLLMENT', 'API'])
        .makeOptionMandatory(),
    )
    .addOption(new Option('--role <role>', 'what an API token may do').choices(['VIEWER', 'OPERATOR', 'ADMIN']))
    .option('--days <number>', 'how long it can be used (default: until it is revoked)', wholeNumber)
    .option('--uses <number>', 'how many agents it may register (default: 1)', wholeNumber)
    .action(async (name: string, options: IssueOptions) => {
      const { kind, role, days, uses } = options;
      const expiresAt = days === undefined ? null : new Date(Date.now() + days * DAY_MS);
      const input = { name, kind, role, expiresAt, maxUses: uses ?? 1 };
      const { token, secret } = await withAdministration(options, ({ services, caller }) => services.tokens.create(caller(), input));
      print(
        options,
        { id: token.id, name, kind, role: token.role, expiresAt: token.expiresAt?.toISOString() ?? null, secret },
        () => secret,
      );
    });
}

function list(): Command {
  return adminCommand('list', 'list the tokens, revoked and expired ones too, newest first').action(async (options: AdminOptions) => {
    const { tokenStatus } = await import('../../../server/services/tokens.js');
    const tokens = await withAdministration(options, ({ services, caller }) => services.tokens.list(caller().em));
    const shown = tokens.map((token) => ({ ...described(token), status: tokenStatus(token) }));
    print(options, shown, () =>
      table([
        ['ID', 'NAME', 'KIND', 'ROLE', 'STATUS', 'USES', 'LAST USED'],
        ...shown.map(({ id, name, kind, role, status, uses, maxUses, lastUsedAt }) => [
          ...[id, name, kind, role ?? '', status],
          ...[kind === 'ENROLLMENT' ? `${uses} of ${maxUses ?? 'any number'}` : '', lastUsedAt ?? 'never'],
        ]),
      ]),
    );
  });
}

function revoke(): Command {
  return adminCommand('revoke', 'end a token: within 5 s nothing that uses it gets in, and its sockets are closed')
    .argument('<id>', 'its id, as "token list" shows it')
    .action(async (id: string, options: AdminOptions) => {
      const token = await withAdministration(options, ({ services, caller }) => services.tokens.revoke(caller(), id));
      print(options, described(token), () => `The token "${token.name}" is revoked.`);
    });
}

function described({ id, name, kind, role, prefix, uses, maxUses, createdAt, expiresAt, lastUsedAt, revokedAt }: ApiToken) {
  const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
  const times = { createdAt: iso(createdAt), expiresAt: iso(expiresAt), lastUsedAt: iso(lastUsedAt), revokedAt: iso(revokedAt) };
  return { id, name, kind, role, prefix, uses, maxUses, ...times };
}
