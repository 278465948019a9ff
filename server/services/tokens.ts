import type { EntityManager } from '../orm.js';
import { ApiToken } from '../entities/api-token.js';
import { TokenKind, TokenStatus, type Role } from '../entities/enums.js';
import { badUserInput, conflict, notFound } from '../errors.js';
import type { ServerPubSub } from '../pubsub.js';
import { hashSecret, newSecret, SECRET_PREFIX } from '../secrets.js';
import type { AuditService, Caller } from './audit.js';

/** A token and its secret, which is shown this once. */
export interface Issued {
  readonly token: ApiToken;
  readonly secret: string;
}

/** What a new token is made from. */
export interface NewToken {
  readonly name: string;
  readonly description?: string | null;
  readonly kind: TokenKind;
  readonly role?: Role | null;
  readonly expiresAt?: Date | null;
  /** Of an ENROLLMENT token; null: any number. */
  readonly maxUses?: number | null;
}

const SHOWN_CHARACTERS = 6;

/** Whether a token can still be used. */
export function tokenStatus(token: ApiToken, now = Date.now()): TokenStatus {
  if (token.revokedAt) return TokenStatus.REVOKED;
  if (token.expiresAt && token.expiresAt.getTime() <= now) return TokenStatus.EXPIRED;
  return token.maxUses !== null && token.uses >= token.maxUses ? TokenStatus.CONSUMED : TokenStatus.AVAILABLE;
}

/** Makes, renews and revokes tokens. */
export class TokenService {
  constructor(
    private readonly audit: AuditService,
    private readonly pubsub: ServerPubSub,
  ) {}

  /** All of them, newest first. */
  list(em: EntityManager): Promise<ApiToken[]> {
    return em.find(ApiToken, {}, { orderBy: { id: 'desc' } });
  }

  /** @throws ApiError BAD_USER_INPUT */
  async create(caller: Caller, input: NewToken): Promise<Issued> {
    checkRole(input);
    if (input.expiresAt && input.expiresAt.getTime() <= Date.now())
      throw badUserInput({ path: 'input.expiresAt', message: 'expiresAt is in the past.' });
    const { name, kind } = input;
    const maxUses = kind === TokenKind.ENROLLMENT ? (input.maxUses ?? null) : null;
    const token = Object.assign(new ApiToken(), { name, kind, maxUses, description: input.description ?? null });
    Object.assign(token, { role: input.role ?? null, expiresAt: input.expiresAt ?? null });
    const secret = giveSecret(token);
    caller.em.persist(token);
    this.audit.add(caller, { action: 'token.create', subject: `token:${name}`, details: { id: token.id, kind, role: token.role } });
    await caller.em.flush();
    return { token, secret };
  }

  /** @throws ApiError NOT_FOUND */
  async update(
    caller: Caller,
    id: string,
    change: { readonly name?: string | null; readonly description?: string | null },
  ): Promise<ApiToken> {
    const token = await this.find(caller.em, id);
    token.name = change.name ?? token.name;
    if (change.description !== undefined) token.description = change.description;
    this.audit.add(caller, { action: 'token.update', subject: `token:${token.name}`, details: { id } });
    await caller.em.flush();
    return token;
  }

  /** Sockets that live by it are closed. Agents that it registered stay: they have secrets of their own. @throws ApiError NOT_FOUND */
  async revoke(caller: Caller, id: string): Promise<ApiToken> {
    const token = await this.find(caller.em, id);
    token.revokedAt ??= new Date();
    this.audit.add(caller, { action: 'token.revoke', subject: `token:${token.name}`, details: { id } });
    await caller.em.flush();
    this.pubsub.publish('credentialRevoked', { kind: 'token', tokenId: id });
    return token;
  }

  /** A new secret for the same token; the old one stops at once, and uses count from 0 again. @throws ApiError NOT_FOUND, CONFLICT */
  async regenerate(caller: Caller, id: string): Promise<Issued> {
    const token = await this.find(caller.em, id);
    const status = tokenStatus(token);
    if (status === TokenStatus.REVOKED || status === TokenStatus.EXPIRED) {
      throw conflict(`This token is ${status.toLowerCase()}: make a new one instead.`);
    }
    const secret = giveSecret(token);
    token.uses = 0;
    this.audit.add(caller, { action: 'token.regenerate', subject: `token:${token.name}`, details: { id } });
    await caller.em.flush();
    this.pubsub.publish('credentialRevoked', { kind: 'token', tokenId: id });
    return { token, secret };
  }

  private async find(em: EntityManager, id: string): Promise<ApiToken> {
    const token = await em.findOne(ApiToken, id);
    if (!token) throw notFound('token');
    return token;
  }
}

function checkRole({ kind, role }: NewToken): void {
  if (kind === TokenKind.API && !role) throw badUserInput({ path: 'input.role', message: 'An API token needs a role.' });
  if (kind === TokenKind.ENROLLMENT && role)
    throw badUserInput({ path: 'input.role', message: 'An ENROLLMENT token has no role: it registers agents and nothing else.' });
}

/** Gives the token a new secret, of which it keeps the hash and the first characters. */
function giveSecret(token: ApiToken): string {
  const kind = token.kind === TokenKind.API ? 'api' : 'enrollment';
  const secret = newSecret(kind);
  token.secretHash = hashSecret(secret);
  token.prefix = secret.slice(0, SECRET_PREFIX[kind].length + SHOWN_CHARACTERS);
  return secret;
}
