import type { Agent } from './entities/agent.js';
import type { ApiToken } from './entities/api-token.js';
import { Role } from './entities/enums.js';
import { User } from './entities/user.js';

/** Who asks. `nobody`: no credential, or (over HTTP) one that is not valid. `developer`: whoever is at this machine, in development without login. `cli`: whoever may read the data folder. */
export type Identity =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'user'; readonly user: User; readonly sessionId: string }
  | { readonly kind: 'developer'; readonly user: User }
  | { readonly kind: 'cli'; readonly username: string }
  | { readonly kind: 'api'; readonly token: ApiToken; readonly role: Role }
  | { readonly kind: 'agent'; readonly agent: Agent }
  | { readonly kind: 'enrollment'; readonly token: ApiToken };

export const NOBODY: Identity = { kind: 'nobody' };

/** Stands for whoever is at the machine; in no database. */
export const DEVELOPER: Identity = {
  kind: 'developer',
  user: Object.assign(new User(), { id: 'developer', username: 'developer', role: Role.ADMIN }),
};

/** The role of a person or an integration; undefined for agents, enrolment tokens and nobody. */
export function roleOf(identity: Identity): Role | undefined {
  if (identity.kind === 'user' || identity.kind === 'developer') return identity.user.role;
  if (identity.kind === 'cli') return Role.ADMIN;
  return identity.kind === 'api' ? identity.role : undefined;
}

/** How the audit log names who asks: `user:alice`, `token:grafana`, `agent:NAME`, `nobody`, `developer`. */
export function actorOf(identity: Identity): string {
  switch (identity.kind) {
    case 'user':
      return `user:${identity.user.username}`;
    case 'api':
    case 'enrollment':
      return `token:${identity.token.name}`;
    case 'agent':
      return `agent:${identity.agent.name}`;
    case 'cli':
      return `cli:${identity.username}`;
    case 'nobody':
    case 'developer':
      return identity.kind;
  }
}
