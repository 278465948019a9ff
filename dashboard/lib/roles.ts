import type { Role } from '../graphql/generated.js';

/** The roles, the one that may least first: its name, and what it may do. */
export const ROLES: readonly { readonly value: Role; readonly name: string; readonly may: string }[] = [
  { value: 'VIEWER', name: 'Viewer', may: 'may look at everything' },
  { value: 'OPERATOR', name: 'Operator', may: 'may make and run tests' },
  { value: 'ADMIN', name: 'Administrator', may: 'may do everything' },
];

const byValue = new Map(ROLES.map((role) => [role.value, role]));

/** The name of a role for people. */
export function roleName(role: Role): string {
  return byValue.get(role)?.name ?? role;
}

/** What a role may do, in words that follow a name. */
export function roleMay(role: Role): string {
  return byValue.get(role)?.may ?? role;
}

/** The roles as a choice. */
export const ROLE_ITEMS = ROLES.map(({ value, name, may }) => ({ value, title: name, props: { subtitle: may } }));
