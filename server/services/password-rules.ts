import { dictionary } from '@zxcvbn-ts/language-common';
import { badUserInput } from '../errors.js';

/** Characters, least and most. */
const SHORTEST = 10;
export const LONGEST_PASSWORD = 200;

/** What everybody tries first at a system like this one; letters only, as `plain` leaves them. */
const OURS = ['streamswarm', 'administrator', 'networking', 'networkmonitor', 'monitoring', 'changeme', 'changemenow', 'letmeinnow', 'passwordpassword']; // prettier-ignore

/** The 49,000 passwords that were found most often in leaks. */
const COMMON: ReadonlySet<string> = new Set([...dictionary['passwords-common'], ...OURS]);

const SEQUENCES = ['01234567890123456789', '98765432109876543210', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiopasdfghjklzxcvbnm'];
const WRITTEN: Readonly<Record<string, string>> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's', '!': 'i' };

/** Without what people put around a common word: digits and signs at its ends, and letters written as digits. */
function plain(password: string): string {
  const bare = password.toLowerCase().replace(/^[^a-z]+|[^a-z]+$/g, '');
  return [...bare].map((character) => WRITTEN[character] ?? character).join('').replace(/[^a-z]/g, ''); // prettier-ignore
}

function weakness(password: string, username: string): string | undefined {
  const lower = password.toLowerCase();
  if ([...password].length < SHORTEST) return `The password must have at least ${SHORTEST} characters.`;
  if (password.length > LONGEST_PASSWORD) return `The password may have ${LONGEST_PASSWORD} characters at most.`;
  if (new Set(lower).size < 4) return 'The password repeats too few different characters.';
  if (SEQUENCES.some((sequence) => sequence.includes(lower))) return 'The password is a plain sequence of characters.';
  if (COMMON.has(plain(password)) || COMMON.has(lower)) return 'The password is among the first that attackers try.';
  if (username.length >= 3 && lower.includes(username.toLowerCase()) && lower.length - username.length < 6)
    return 'The password is too close to the user name.';
  return undefined;
}

/** Refuses a password that is too short, too long, common, or made of the user name. @throws ApiError BAD_USER_INPUT for the field `path` */
export function requireGoodPassword(password: string, username: string, path: string): void {
  const message = weakness(password, username);
  if (message !== undefined) throw badUserInput({ path, message });
}
