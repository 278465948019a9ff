import { z } from 'zod';

// Paths go to statfs(2) and nowhere else; beginning at a root, and free of control and direction characters, they can be shown as they are.
const PATH = /^(?:\/|[A-Za-z]:[\\/])[^\p{Cc}\p{Cf}]*$/u;
const INTERFACE = /^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,31}$/;

/** The settings of `system`. */
export const systemSettings = z.strictObject({
  diskPath: z
    .string()
    .max(512)
    .regex(PATH, 'must be an absolute path')
    .default(process.platform === 'win32' ? 'C:\\' : '/')
    .describe('A path on the file system whose space is measured'),
  interfaces: z
    .array(z.string().regex(INTERFACE, 'must be the name of an interface'))
    .max(64)
    .default([])
    .describe('Names of the interfaces that are counted; empty for all physical ones'),
  topProcesses: z.int().min(0).max(50).default(5).describe('How many processes to list by CPU and by memory in the details; 0 for none'),
});

export type SystemSettings = z.output<typeof systemSettings>;
