import type { EntityManager, Orm } from '../orm.js';
import type { ServerConfig } from '../config.js';
import { Agent } from '../entities/agent.js';
import { ApiToken } from '../entities/api-token.js';
import { TokenKind } from '../entities/enums.js';
import { Session } from '../entities/session.js';
import { User } from '../entities/user.js';
import { DEVELOPER, type Identity } from '../identity.js';
import { hashSecret, SECRET_PREFIX } from '../secrets.js';
import { Batcher } from './batcher.js';
import { byKeys } from './by-keys.js';
import { marks, slices } from './lists.js';
import type { SessionService } from './sessions.js';
import { sqlOf, type Store } from './store.js';
import { together } from './together.js';

/** What a client carries, without the secret itself: this can be kept as long as a socket lives. */
export interface Credential {
  readonly kind: 'session' | 'token' | 'agent' | 'developer';
  readonly hash: string;
}

/** A socket lives long with its agent: nothing else of its reading is kept. */
const ALONE = { disableIdentityMap: true } as const;
const TOUCH_EVERY_MS = 60_000;

/** The credential of an `Authorization` header or of `connectionParams.authorization`; null where the text is none of ours. */
export function bearerCredential(authorization: string): Credential | null {
  const secret = /^Bearer ([\w-]{20,200})$/i.exec(authorization.trim())?.[1];
  if (secret === undefined) return null;
  if (secret.startsWith(SECRET_PREFIX.agent)) return { kind: 'agent', hash: hashSecret(secret) };
  const isToken = secret.startsWith(SECRET_PREFIX.api) || secret.startsWith(SECRET_PREFIX.enrollment);
  return isToken ? { kind: 'token', hash: hashSecret(secret) } : null;
}

/** The credential of a session cookie. */
export function sessionCredential(secret: string): Credential {
  return { kind: 'session', hash: hashSecret(secret) };
}

/** Says who a credential belongs to. */
export class AuthenticationService {
  /** Agents whose secret is used for the first time: many come at once when they are rolled out. */
  private readonly firstUses: Batcher<string>;
  /** By the hash of its secret. */
  private readonly agentOf: (hash: string) => Promise<Agent | null>;

  constructor(
    private readonly config: Pick<ServerConfig, 'devWithoutLogin'>,
    private readonly sessions: SessionService,
    orm: Orm,
    private readonly store: Pick<Store, 'read'>,
  ) {
    this.agentOf = together((hashes) => agentsOf(orm.em.fork(), hashes));
    this.firstUses = new Batcher(async (ids) => {
      await orm.em.fork().nativeUpdate(Agent, { id: { $in: [...ids] } }, { secretUsedAt: new Date() });
    });
  }

  /**
   * Who this is now; null when the credential is unknown, revoked, expired, or its owner is gone or disabled.
   *
   * @param isUse whether a person does something by it: that alone puts off the end of a session that is idle
   */
  async identify(em: EntityManager, credential: Credential, isUse = false): Promise<Identity | null> {
    if (credential.kind === 'developer') return this.config.devWithoutLogin ? DEVELOPER : null;
    if (credential.kind === 'session') return this.person(em, credential.hash, isUse);
    if (credential.kind === 'agent') return this.agent(credential.hash);
    return this.token(em, credential.hash);
  }

  /** Which of these secrets' hashes are still agents'; few statements for many, and no entities: it is asked every few seconds of every socket. */
  async validAgents(em: EntityManager, hashes: readonly string[]): Promise<ReadonlySet<string>> {
    const valid = new Set<string>();
    for (const slice of slices(hashes)) {
      const text = `select secret_hash as hash from agent where deleted_at is null and secret_hash in (${marks(slice)})`;
      for (const { hash } of await sqlOf(em)<{ hash: string }>(text, slice)) valid.add(hash);
    }
    return valid;
  }

  private async person(em: EntityManager, hash: string, isUse: boolean): Promise<Identity | null> {
    const [session] = await byKeys(this.store, em, Session, [hash]);
    const now = Date.now();
    if (!session || this.sessions.endOf(session).getTime() <= now) return null;
    const [user] = await byKeys(this.store, em, User, [session.user.id]);
    if (!user?.active || user.deletedAt) return null;
    if (isUse && session.lastUsedAt.getTime() + TOUCH_EVERY_MS <= now) await em.nativeUpdate(Session, hash, { lastUsedAt: new Date(now) });
    return { kind: 'user', user, sessionId: session.id };
  }

  private async token(em: EntityManager, hash: string): Promise<Identity | null> {
    const token = await em.findOne(ApiToken, { secretHash: hash, revokedAt: null });
    const now = Date.now();
    if (!token || (token.expiresAt && token.expiresAt.getTime() <= now)) return null;
    if (token.kind === TokenKind.ENROLLMENT) return { kind: 'enrollment', token };
    if (token.role === null) return null;
    if ((token.lastUsedAt?.getTime() ?? 0) + TOUCH_EVERY_MS <= now)
      await em.nativeUpdate(ApiToken, token.id, { lastUsedAt: new Date(now) });
    return { kind: 'api', token, role: token.role };
  }

  private async agent(hash: string): Promise<Identity | null> {
    const agent = await this.agentOf(hash);
    if (!agent) return null;
    if (!agent.secretUsedAt) {
      await this.firstUses.add(agent.id);
      agent.secretUsedAt = new Date();
    }
    return { kind: 'agent', agent };
  }
}

async function agentsOf(em: EntityManager, hashes: readonly string[]): Promise<(Agent | null)[]> {
  const agents = await em.find(Agent, { secretHash: { $in: [...hashes] }, deletedAt: null }, ALONE);
  const found = new Map(agents.map((agent) => [agent.secretHash, agent]));
  return hashes.map((hash) => found.get(hash) ?? null);
}
