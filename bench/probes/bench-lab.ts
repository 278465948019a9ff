import type { Lab, LinkOptions } from '../../probes/lab/index.js';

/** A plain pair has the smallest delay that there is; a wire shares the round trip between its directions. */
export function linkOf(rttMs: number): LinkOptions {
  const half = { delayMs: rttMs / 2 };
  return rttMs === 0 ? {} : { impairments: { forward: half, backward: half } };
}

/** Whether the machine has a program. */
export async function isInstalled(lab: Lab, program: string): Promise<boolean> {
  const { code } = await lab.run('client', 'sh', ['-c', `command -v ${program}`]);
  return code === 0;
}
