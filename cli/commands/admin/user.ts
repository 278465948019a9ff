import { Argument, Command, InvalidArgumentError } from 'commander';
import type { Administration } from '../../../server/admin.js';
import type { Role } from '../../../server/entities/enums.js';
import type { User } from '../../../server/entities/user.js';
import type { UserChange } from '../../../server/services/users.js';
import { table } from '../../table.js';
import { adminCommand, print, type AdminOptions } from './options.js';
import { readPassword } from './password.js';
import { withAdministration } from './with-administration.js';

interface PasswordOptions extends AdminOptions {
  readonly passwordStdin?: boolean;
}
interface NewUserOptions extends PasswordOptions {
  readonly role: Role;
  readonly email?: string;
}

const ROLES = ['VIEWER', 'OPERATOR', 'ADMIN'];
const PASSWORD_STDIN = ['--password-stdin', 'read the password from the first line of stdin instead of asking'] as const;

/** `streamswarm user`: the people who can sign in. */
export function userCommand(): Command {
  const user = new Command('user').description('let people in, change what they may do, reset their passwords');
  for (const command of [create(), list(), setRole(), deactivate(), activate(), resetPassword()]) user.addCommand(command);
  return user;
}

function create(): Command {
  return adminCommand('create', 'let a person in')
    .argument('<username>', 'the name to sign in with')
    .requiredOption('--role <role>', `what the person may do: ${ROLES.join(', ')}`, roleOf)
    .option('--email <address>', 'where reports and alerts can be sent')
    .option(...PASSWORD_STDIN)
    .action(async (username: string, options: NewUserOptions) => {
      const password = await readPassword(options.passwordStdin === true);
      const { role, email } = options;
      const user = await withAdministration(options, ({ services, caller }) =>
        services.users.create(caller(), { username, password, role, email }),
      );
      print(options, shown(user), () => `${user.username} may sign in as ${user.role}.`);
    });
}

function list(): Command {
  return adminCommand('list', 'list everybody who can sign in').action(async (options: AdminOptions) => {
    const users = (await withAdministration(options, ({ services, caller }) => services.users.list(caller().em))).map(shown);
    print(options, users, () =>
      table([
        ['NAME', 'ROLE', 'ACTIVE', 'LAST SIGN-IN', 'EMAIL'],
        ...users.map(({ username, role, active, lastLoginAt, email }) => [
          username,
          role,
          active ? 'yes' : 'no',
          lastLoginAt ?? 'never',
          email ?? '',
        ]),
      ]),
    );
  });
}

function setRole(): Command {
  return adminCommand('set-role', "change what a person may do; ends the person's sessions")
    .argument('<username>', 'whose')
    .addArgument(new Argument('<role>', `one of ${ROLES.join(', ')}`).argParser(roleOf))
    .action((username: string, role: Role, options: AdminOptions) => change(username, options, { role }, `is ${role} now`));
}

function deactivate(): Command {
  return adminCommand('deactivate', "keep a person from signing in; ends the person's sessions")
    .argument('<username>', 'whom')
    .action((username: string, options: AdminOptions) => change(username, options, { active: false }, 'cannot sign in any more'));
}

function activate(): Command {
  return adminCommand('activate', 'let a person sign in again')
    .argument('<username>', 'whom')
    .action((username: string, options: AdminOptions) => change(username, options, { active: true }, 'may sign in again'));
}

function resetPassword(): Command {
  return adminCommand('reset-password', "give a person a new password; ends the person's sessions")
    .argument('<username>', 'whose')
    .option(...PASSWORD_STDIN)
    .action(async (username: string, options: PasswordOptions) => {
      const password = await readPassword(options.passwordStdin === true);
      await change(username, options, { password }, 'has the new password; all sessions ended');
    });
}

async function change(username: string, options: AdminOptions, changes: UserChange, said: string): Promise<void> {
  const user = await withAdministration(options, async (administration) => {
    const { id } = await find(administration, username);
    return administration.services.users.update(administration.caller(), id, changes);
  });
  print(options, shown(user), () => `${user.username} ${said}.`);
}

async function find({ services, caller }: Administration, username: string): Promise<User> {
  const users = await services.users.list(caller().em);
  const found = users.find((user) => user.username.toLowerCase() === username.trim().toLowerCase());
  if (!found)
    throw new Error(`There is nobody named "${username}". There are: ${users.map((user) => user.username).join(', ') || 'none'}.`);
  return found;
}

function roleOf(text: string): Role {
  const role = text.toUpperCase();
  if (!ROLES.includes(role)) throw new InvalidArgumentError(`give one of ${ROLES.join(', ')}.`);
  return role as Role;
}

function shown({ id, username, email, role, active, createdAt, lastLoginAt }: User) {
  return { id, username, email, role, active, createdAt: createdAt.toISOString(), lastLoginAt: lastLoginAt?.toISOString() ?? null };
}
