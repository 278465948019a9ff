import { z } from 'zod';

/** The setting of probes whose first sample would hold the time in which this host asks for its neighbour's address. */
export const warmUpSetting = z
  .boolean()
  .default(true)
  .describe(
    'Send one uncounted packet first, which goes no further than the next hop (UDP to the discard port, time to live 1), so that ARP or neighbour discovery is in no figure. Left out where one went there less than 15 s ago.',
  );
