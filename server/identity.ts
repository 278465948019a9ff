import type { Agent } from './entities/agent.js';
import type { ApiToken } from './entities/api-token.js';
import type { Role } from './entities/enums.js';
import type { User } from './entities/user.js';

/** Who asks. `nobody`: no credential, or (over HTTP) one that is not valid. */
export type Identity =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'user'; readonly user: User; readonly sessionId: string }
  | { readonly kind: 'api'; readonly token: ApiToken; readonly role: Role }
  | { readonly kind: 'agent'; readonly agent: Agent }
  | { readonly kind: 'enrollment'; readonly token: ApiToken };

export const NOBODY: Identity = { kind: 'nobody' };

/** The role of a person or an integration; undefined for agents, enrolment tokens and nobody. */
export function roleOf(identity: Identity): Role | undefined {
  if (identity.kind === 'user') return identity.user.role;
  return identity.kind === 'api' ? identity.role : undefined;
}

/** How the audit log names who asks: `user:alice`, `token:grafana`, `agent:NAME`, `nobody`. */
export function actorOf(identity: Identity): string {
  switch (identity.kind) {
    case 'user':
      return `user:${identity.user.username}`;
    case 'api':
    case 'enrollment':
      return `token:${identity.token.name}`;
    case 'agent':
      return `agent:${identity.agent.name}`;
    case 'nobody':
      return 'nobody';
  }
}
