import type { GraphQLField, GraphQLSchema } from 'graphql';
import { Authorized, Extensions, type AuthCheckerFn } from 'type-graphql';
import type { Context } from './context.js';
import { Role } from './entities/enums.js';
import { forbidden, unauthenticated } from './errors.js';
import { roleOf, type Identity } from './identity.js';

/** Who may: a role and every higher one, an agent, an enrolment token, or anyone, signed in or not. */
export type Permission = 'VIEWER' | 'OPERATOR' | 'ADMIN' | 'AGENT' | 'ENROLLMENT' | 'ANYONE';

const RANK: Readonly<Record<Role, number>> = { [Role.VIEWER]: 1, [Role.OPERATOR]: 2, [Role.ADMIN]: 3 };

/** Says who may call an operation (or read a field). Each query, mutation and subscription needs one: the schema does not build without. */
export function Allow(...permissions: readonly [Permission, ...Permission[]]): MethodDecorator {
  return (target, key, descriptor) => {
    Authorized<string>([...permissions])(target, key, descriptor);
    Extensions({ allow: permissions })(target, key, descriptor);
  };
}

/** Whether this identity has one of the permissions. */
export function isAllowed(identity: Identity, permissions: readonly string[]): boolean {
  return permissions.some((permission) => has(identity, permission));
}

function has(identity: Identity, permission: string): boolean {
  if (permission === 'ANYONE') return true;
  if (permission === 'AGENT') return identity.kind === 'agent';
  if (permission === 'ENROLLMENT') return identity.kind === 'enrollment';
  const role = roleOf(identity);
  return role !== undefined && permission in RANK && RANK[role] >= RANK[permission as Role];
}

/** type-graphql asks this before each operation and before each subscription begins. @throws ApiError UNAUTHENTICATED or FORBIDDEN */
export const checkAccess: AuthCheckerFn<Context> = async ({ context, info }, permissions) => {
  if (isAllowed(context.identity, permissions)) return true;
  await context.services.refusals.denied(context, `${info.parentType.name}.${info.fieldName}`);
  throw context.identity.kind === 'nobody' ? unauthenticated() : forbidden();
};

/** @throws Error that names every root field without `@Allow`. */
export function requireAllowEverywhere(schema: GraphQLSchema): void {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const open = roots.flatMap((root) =>
    root ? Object.values(root.getFields()).filter((field) => !isGuarded(field)).map((field) => `${root.name}.${field.name}`) : [],
  ); // prettier-ignore
  if (open.length > 0) throw new Error(`without @Allow nobody knows who may call: ${open.join(', ')}`);
}

function isGuarded(field: GraphQLField<unknown, unknown>): boolean {
  return Array.isArray(field.extensions.allow);
}
