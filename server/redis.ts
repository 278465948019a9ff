import { Redis, type Command, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';

const CONNECT_MS = 5000;
const COMMAND_MS = 2000;
const LONGEST_WAIT_MS = 1000;
/** How long a connection that is given up may take to close. */
const FAREWELL_MS = 100;
/** What ioredis says when a command had no answer in its time. */
const NO_ANSWER = 'Command timed out';
const WRONG_PASSWORD = /^(WRONGPASS|NOAUTH|NOPERM)/;

/** One process's connections to Redis. They come back by themselves, for ever; what is asked meanwhile fails at once instead of waiting. */
export interface RedisLink {
  /** For commands. */
  readonly commands: Redis;
  /** For what is published, and nothing else. */
  readonly subscriber: Redis;
  close(): void;
}

const OPTIONS: RedisOptions = {
  lazyConnect: true,
  connectTimeout: CONNECT_MS,
  commandTimeout: COMMAND_MS,
  disconnectTimeout: FAREWELL_MS,
  keepAlive: CONNECT_MS,
  // Nothing waits for Redis: events that come late are of no use, and limits have a stand-in.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, LONGEST_WAIT_MS),
};

/**
 * A connection that is given up, and made anew, with the first command that has no answer: a Redis that hangs, or a network that swallows all, leaves it open for
 * minutes, and each command would wait its whole time. Until Redis answers again the connection is not `ready`, and nothing waits for it.
 */
class Connection extends Redis {
  override sendCommand(...asked: Parameters<Redis['sendCommand']>): unknown {
    const [command] = asked as [Command];
    command.promise.catch((error: Error) => {
      if (error.message === NO_ANSWER && this.status === 'ready') this.giveUp();
    });
    return super.sendCommand(...asked);
  }

  private giveUp(): void {
    this.emit('error', new Error(`no answer in ${COMMAND_MS} ms`));
    // Not by a farewell, which nobody would answer.
    this.stream.destroy();
  }
}

/**
 * Connects. Where Redis is away the server starts all the same, and says so in its log and at `/readyz`.
 *
 * @throws Error when Redis refuses the user or the password: that does not mend by itself
 */
export async function openRedis(url: string, log: Logger): Promise<RedisLink> {
  const commands = connection(url, 'commands', log);
  const subscriber = connection(url, 'events', log);
  const link = { commands, subscriber, close: () => [commands, subscriber].forEach((redis) => redis.disconnect()) };
  try {
    await Promise.all([commands, subscriber].map(connect));
  } catch (error) {
    link.close();
    throw error;
  }
  return link;
}

async function connect(redis: Redis): Promise<void> {
  let refused: Error | undefined;
  redis.on('error', (error: Error) => {
    if (WRONG_PASSWORD.test(error.message)) refused ??= error;
  });
  try {
    await redis.connect();
  } catch (error) {
    refused ??= error instanceof Error && WRONG_PASSWORD.test(error.message) ? error : undefined;
  }
  if (refused) throw new Error(`Redis refuses the user or the password of REDIS_URL: ${refused.message}`);
}

/** Logs when it is lost and when it is back: once each, without the address, which has the password. */
function connection(url: string, purpose: string, log: Logger): Redis {
  const redis = new Connection(url, { ...OPTIONS, connectionName: `streamswarm-${purpose}` });
  let away = false;
  redis.on('error', (error: Error) => {
    if (!away) log.error({ purpose, reason: error.message }, 'Redis is away; it is tried again');
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info({ purpose }, 'Redis is back');
    away = false;
  });
  return redis;
}
