import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentIdentity, hasIdentity } from './identity.js';

describe('AgentIdentity', () => {
  let folder: string;

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'identity-')), 'data');
  });

  afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

  it('makes an installation id at the first start and keeps it', () => {
    const first = AgentIdentity.open(folder);
    first.release();
    const second = AgentIdentity.open(folder);
    expect(second.installId).toBe(first.installId);
    second.release();
  });

  it('keeps the credential for its owner alone, and knows by which token it came', () => {
    const identity = AgentIdentity.open(folder);
    expect([identity.credential, hasIdentity(folder)]).toEqual([undefined, false]);
    identity.keep({ agentId: 'agent', secret: 'ssg_secret' }, 'sse_one');
    expect(identity.credential).toMatchObject({ agentId: 'agent', secret: 'ssg_secret' });
    expect(statSync(join(folder, 'credential.json')).mode & 0o777).toBe(0o600);
    expect([identity.wasMadeWithOther('sse_one'), identity.wasMadeWithOther('sse_two'), hasIdentity(folder)]).toEqual([false, true, true]);
    identity.forget();
    expect(identity.credential).toBeUndefined();
    identity.release();
  });

  it('says which file is damaged and what to do', () => {
    const identity = AgentIdentity.open(folder);
    writeFileSync(join(folder, 'credential.json'), '{"agentId":');
    expect(() => identity.credential).toThrow(/credential\.json is damaged: remove it/);
    identity.release();
    writeFileSync(join(folder, 'install-id'), 'seven');
    expect(() => AgentIdentity.open(folder)).toThrow(/install-id is damaged/);
  });

  it('shares its folder with nobody', async () => {
    const identity = AgentIdentity.open(folder);
    expect(() => AgentIdentity.open(folder)).toThrow(new RegExp(`in use by another agent \\(process ${process.pid}\\)`));
    identity.release();
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    writeFileSync(join(folder, 'lock'), String(other.pid));
    expect(() => AgentIdentity.open(folder)).toThrow(new RegExp(`process ${other.pid}`));
    other.kill();
    await once(other, 'exit');
    AgentIdentity.open(folder).release();
  });

  it('takes over the lock of a process that is gone, also when its number was given to another', () => {
    AgentIdentity.open(folder).release();
    for (const stale of [`${process.ppid} 1`, String(process.pid), '', 'nonsense']) {
      writeFileSync(join(folder, 'lock'), stale);
      AgentIdentity.open(folder).release();
    }
  });
});
