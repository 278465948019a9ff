import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { parseJson, readIfThere, writeAtomically } from './files.js';
import { lockFolder } from './lock.js';

const OWNER_ONLY = 0o600;
const CREDENTIAL = 'credential.json';

const credentialSchema = z.object({
  agentId: z.string().min(1),
  secret: z.string().min(1),
  /** Of the enrolment token that it was got with, to notice a new one. */
  tokenHash: z.string().optional(),
});

/** How this agent proves to the server that it is itself. Never logged. */
export interface Credential {
  readonly agentId: string;
  readonly secret: string;
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Whether an agent with this data folder has been registered: it needs no enrolment token any more. */
export function hasIdentity(dataFolder: string): boolean {
  return existsSync(join(dataFolder, CREDENTIAL));
}

/** Who this agent is, kept in its data folder, which is its own until `release`. */
export class AgentIdentity {
  private constructor(
    private readonly folder: string,
    /** Made at the first start and kept: the server tells by it that a second registration is the same agent's. */
    readonly installId: string,
    /** Lets another agent use the folder. */
    readonly release: () => void,
  ) {}

  /** Opens the data folder, made where there is none. @throws Error when another agent uses it, or when a file in it is damaged */
  static open(dataFolder: string): AgentIdentity {
    const folder = resolve(dataFolder);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const release = lockFolder(join(folder, 'lock'), folder);
    try {
      return new AgentIdentity(folder, AgentIdentity.#installId(join(folder, 'install-id')), release);
    } catch (error) {
      release();
      throw error;
    }
  }

  static #installId(path: string): string {
    const kept = readIfThere(path)?.trim();
    if (kept && z.uuid().safeParse(kept).success) return kept;
    if (kept) throw new Error(`${path} is damaged: it does not hold a UUID. Remove it, and the server will take this for a new agent`);
    const made = randomUUID();
    writeAtomically(path, `${made}\n`, OWNER_ONLY);
    return made;
  }

  /** The credential, or undefined before the agent is registered. @throws Error when its file is damaged */
  get credential(): Credential | undefined {
    return this.#stored;
  }

  /** Whether the credential was got with another enrolment token than this. */
  wasMadeWithOther(token: string): boolean {
    const stored = this.#stored;
    return stored !== undefined && stored.tokenHash !== hashOf(token);
  }

  /** Keeps the credential that a registration gave. */
  keep({ agentId, secret }: Credential, token: string): void {
    writeAtomically(this.#path, `${JSON.stringify({ agentId, secret, tokenHash: hashOf(token) })}\n`, OWNER_ONLY);
  }

  /** Forgets the credential, which the server takes no more. */
  forget(): void {
    rmSync(this.#path, { force: true });
  }

  get #path(): string {
    return join(this.folder, CREDENTIAL);
  }

  get #stored(): z.output<typeof credentialSchema> | undefined {
    const text = readIfThere(this.#path);
    if (text === undefined) return undefined;
    const parsed = credentialSchema.safeParse(parseJson(text));
    if (!parsed.success) throw new Error(`${this.#path} is damaged: remove it and start the agent with a new enrolment token`);
    return parsed.data;
  }
}
