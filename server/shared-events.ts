import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { ServerEvent, ServerPubSub } from './pubsub.js';
import type { RedisLink } from './redis.js';

/** What travels: who sent it, and what happened there, oldest first. */
interface Message {
  readonly from: string;
  readonly events: readonly ServerEvent[];
}

/** Events a message at most; more go into several. */
const MOST_EVENTS = 1000;
/** How often a message is sent in any case: that it comes back shows that events come through. */
const ECHO_EVERY_MS = 2000;
/** Without an echo for so long the connection is given up and made anew, though it looks open. */
const DEAF_AFTER_MS = 8000;

/**
 * Carries this process's events to the others and theirs here. Events of one turn of the event loop share a message. What was
 * published while Redis was away is not sent later: whoever may have missed something is told so, and looks at the database again.
 */
export class SharedEvents {
  private readonly id = randomUUID();
  private readonly channel: string;
  private outgoing: ServerEvent[] = [];
  private lost = false;
  private subscribedOnce = false;
  private echoedAt = 0;
  private timer: NodeJS.Timeout | undefined;
  private pubsub: ServerPubSub | undefined;

  /** `prefix` names the installation: several may share one Redis. */
  constructor(
    private readonly redis: RedisLink,
    prefix: string,
    private readonly log: Logger,
  ) {
    this.channel = `${prefix}events`;
  }

  /** Whether events come through now, from here and to here. */
  get hears(): boolean {
    const both = [this.redis.commands, this.redis.subscriber].every(({ status }) => status === 'ready');
    return both && this.subscribedOnce && performance.now() - this.echoedAt < DEAF_AFTER_MS;
  }

  /** Brings an event to the other processes, soon. */
  carry(event: ServerEvent): void {
    if (this.outgoing.push(event) === 1) setImmediate(() => this.flush());
  }

  /** From now on events of others come to `pubsub`. Resolves when they do, or at once where Redis is away. */
  async start(pubsub: ServerPubSub): Promise<void> {
    this.pubsub = pubsub;
    const { commands, subscriber } = this.redis;
    subscriber.on('message', (_channel, text) => this.receive(text));
    subscriber.on('ready', () => void this.subscribe());
    commands.on('ready', () => this.tellOfLoss());
    this.timer = setInterval(() => this.listenForEcho(), ECHO_EVERY_MS);
    if (subscriber.status === 'ready') await this.subscribe();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async subscribe(): Promise<void> {
    try {
      await this.redis.subscriber.subscribe(this.channel);
    } catch (error) {
      // The connection broke again: the next `ready` subscribes.
      this.log.warn({ reason: reasonOf(error) }, 'could not subscribe to the events of other processes');
      return;
    }
    this.echoedAt = performance.now();
    const again = this.subscribedOnce;
    this.subscribedOnce = true;
    if (again) this.pubsub?.tellHere('eventsMissed', { reason: 'this process heard nothing for a while' });
    this.send([]);
  }

  private receive(text: string): void {
    const { from, events } = JSON.parse(text) as Message;
    this.echoedAt = from === this.id ? performance.now() : this.echoedAt;
    if (from === this.id) return;
    for (const [topic, payload] of events) this.pubsub?.tellHere(topic, payload, 'elsewhere');
  }

  private flush(): void {
    const events = this.outgoing;
    this.outgoing = [];
    for (let from = 0; from < events.length; from += MOST_EVENTS) this.send(events.slice(from, from + MOST_EVENTS));
  }

  private send(events: readonly ServerEvent[]): void {
    const message: Message = { from: this.id, events };
    this.redis.commands.publish(this.channel, JSON.stringify(message)).catch((error: unknown) => {
      if (!this.lost && events.length > 0) this.log.warn({ reason: reasonOf(error) }, 'other processes could not be told of events');
      this.lost ||= events.length > 0;
    });
  }

  private tellOfLoss(): void {
    if (!this.lost) return;
    this.lost = false;
    this.send([['eventsMissed', { reason: 'another process could not tell of its events for a while' }]]);
  }

  private listenForEcho(): void {
    if (this.lost && this.redis.commands.status === 'ready') this.tellOfLoss();
    this.send([]);
    if (this.redis.subscriber.status !== 'ready' || performance.now() - this.echoedAt < DEAF_AFTER_MS) return;
    this.log.warn('no event came through Redis for a while, not even an own one; connecting again');
    this.redis.subscriber.disconnect(true);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
