import type { Lab } from '../lab.js';
import type { PingerConfig, PingerResult } from './pinger.js';

export type PingOptions = Omit<PingerConfig, 'address'>;

/** Sends echo requests from the lab's client, and gives what came back. */
export async function ping(lab: Lab, address: string, options: PingOptions): Promise<PingerResult> {
  const child = lab.start('client', 'testing/pinger', { address, ...options } satisfies PingerConfig);
  const result = await child.next<PingerResult>();
  await child.stop();
  return result;
}
