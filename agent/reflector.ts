import { placeOf } from '../probes/kernel/address.js';
import { Reflector } from '../probes/reflector/reflector.js';
import type { AgentConfig } from './config-schema.js';
import type { Logger } from './log.js';

/** The reflector of an agent that runs one. */
export class AgentReflector {
  private constructor(private readonly reflector: Reflector | undefined) {}

  /** @throws ReflectorError where one is configured that cannot listen */
  static open({ reflector: config }: AgentConfig, log: Logger): AgentReflector {
    if (!config) return new AgentReflector(undefined);
    const reflector = Reflector.open(config, (message) => log.warn(message));
    log.info({ listens: placeOf({ address: config.address, port: reflector.port }) }, 'answers STAMP packets of who knows the key');
    return new AgentReflector(reflector);
  }

  /** What heartbeats tell of it: packets answered, and not answered, since the start. */
  get vitals(): Readonly<Record<string, number>> {
    if (!this.reflector) return {};
    const { answered, unsent, ...refused } = this.reflector.counters;
    const reflectorRefused = Object.values(refused).reduce((sum, count) => sum + count, unsent);
    return { reflectorAnswered: answered, reflectorRefused };
  }

  async close(): Promise<void> {
    await this.reflector?.close();
  }
}
