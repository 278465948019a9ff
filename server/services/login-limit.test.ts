import { describe, expect, it } from 'vitest';
import { LoginLimit } from './login-limit.js';

const LIMITED = { extensions: { code: 'RATE_LIMITED' } };

/** Attempts, one after the other; fails with the first that is refused. */
async function attempts(limit: LoginLimit, count: number, account: (at: number) => string, address: (at: number) => string): Promise<void> {
  for (let at = 0; at < count; at++) await limit.attempt(account(at), address(at));
}

describe('guesses at passwords', () => {
  it('are counted for an account, however its name is written', async () => {
    const limit = new LoginLimit();
    const spellings = ['ada', ' ada', 'ada\t', 'ADA', '\u00a0Ada '];
    const name = (at: number): string => spellings[at % spellings.length] ?? '';
    await attempts(limit, 10, name, (at) => `192.0.2.${at}`);
    for (const each of spellings) await expect(limit.attempt(each, '198.51.100.1')).rejects.toMatchObject(LIMITED);
    await limit.attempt('grace', '198.51.100.1');
  });

  it('are counted for an address: of IPv6 for its /64, of IPv4 however it is written', async () => {
    const limit = new LoginLimit();
    await attempts(limit, 50, (at) => `name${at}`, (at) => `2001:db8::${at + 1}`); // prettier-ignore
    await expect(limit.attempt('another', '2001:db8::ffff')).rejects.toMatchObject(LIMITED);
    await limit.attempt('another', '2001:db8:0:1::1');
    await attempts(limit, 50, (at) => `other${at}`, (at) => (at % 2 === 0 ? '192.0.2.1' : '::ffff:192.0.2.1')); // prettier-ignore
    await expect(limit.attempt('another', '192.0.2.1')).rejects.toMatchObject(LIMITED);
  });

  it('take their count back when the password was right', async () => {
    const limit = new LoginLimit();
    await attempts(limit, 9, () => 'ada', () => '2001:db8::1'); // prettier-ignore
    await limit.succeeded(' ADA', '2001:db8::2');
    await attempts(limit, 10, () => 'ada', () => '2001:db8::1'); // prettier-ignore
  });
});
