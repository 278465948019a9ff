import { LabChild } from '../child.js';
import type { CaptureConfig, CaptureResult } from './main.js';
import type { CapturedPacket } from './packet.js';

/** ms since 1970 that all captures of this process count from. */
const EPOCH = Date.now();

/** A capture that runs in one namespace: the ground truth of when packets came and went. */
export class Capture {
  private constructor(private readonly child: LabChild) {}

  /** Begins to capture; what passes after that is seen. `started` learns of the process before anything can fail. */
  static async start(namespace: string, started: (child: LabChild) => void): Promise<Capture> {
    const config: CaptureConfig = { epoch: EPOCH };
    const child = new LabChild('capture/main', config, namespace);
    started(child);
    await child.next();
    return new Capture(child);
  }

  /** Ends the capture and gives its packets in order. @throws Error when it did not see all of them */
  async stop(): Promise<readonly CapturedPacket[]> {
    const { packets, dropped } = await this.child.finish<CaptureResult>();
    if (dropped > 0) throw new Error(`the capture had no room for ${dropped} packets`);
    return packets;
  }
}
