import type { HttpClient } from '../../server/testing/client.js';
import type { Report } from './report.js';
import type { BenchServer } from './server.js';
import type { Swarm } from './swarm.js';

/** What the parts of this bench share. */
export interface Bench {
  readonly swarm: Swarm;
  readonly report: Report;
  /** An administrator. */
  readonly admin: HttpClient;
  readonly adminSecret: string;
  readonly folder: string;
  readonly profile: string | undefined;
  /** How long each steady load is measured, s. */
  readonly seconds: number;
  /** The running one: after a restart another. */
  server: BenchServer;
}

/** The measured test, with what must be sent to change it. */
export interface BenchTest {
  readonly id: string;
  revision: number;
}

export const MB = 1e6;
