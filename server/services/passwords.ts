import { hash, verify } from '@node-rs/argon2';
import { badUserInput } from '../errors.js';

const SHORTEST = 10;
const LONGEST = 200;

// OWASP's least for Argon2id, which is the library's own choice: 19 MiB, two passes, one lane.
const ARGON2ID = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 } as const;

/** What everybody tries first, of those that are long enough; letters only, as `plain` leaves them. */
const COMMON = new Set(
  [
    'password password passwort passwords mypassword thepassword newpassword changepassword passwordpassword',
    'administrator administrateur adminadmin rootroot superuser supervisor operator default letmein letmeinnow openSesame',
    'welcome welcomeback welcomehome changeme changemenow changeit qwertyuiop qwertzuiop azertyuiop qwertyqwerty asdfghjkl',
    'asdfghjkl zxcvbnm iloveyou iloveyoutoo ilovejesus trustno sunshine princess football baseball basketball superman',
    'batman starwars pokemon monkey dragon master shadow michael jennifer jordan liverpool chelsea arsenal manchester',
    'whatever computer internet networking monitoring streamswarm secret topsecret mysecret verysecret',
    'qazwsxedc qqww abcdefghij abcdefghijk abcdefghijkl summer winter spring autumn january february november december',
  ].flatMap((line) => line.toLowerCase().split(' ')),
);

const SEQUENCES = ['01234567890123456789', '98765432109876543210', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiopasdfghjklzxcvbnm'];

/** Without what people put around a common word: digits and signs at its ends, and letters written as digits. */
function plain(password: string): string {
  const lower = password.toLowerCase().replace(/^[^a-z]+|[^a-z]+$/g, '');
  const written: Readonly<Record<string, string>> = {
    '0': 'o',
    '1': 'i',
    '3': 'e',
    '4': 'a',
    '5': 's',
    '7': 't',
    '@': 'a',
    $: 's',
    '!': 'i',
  };
  return [...lower].map((character) => written[character] ?? character).join('').replace(/[^a-z]/g, ''); // prettier-ignore
}

function weakness(password: string, username: string): string | undefined {
  const lower = password.toLowerCase();
  if ([...password].length < SHORTEST) return `The password must have at least ${SHORTEST} characters.`;
  if (password.length > LONGEST) return `The password may have ${LONGEST} characters at most.`;
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

/** Argon2id in the PHC string format. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, ARGON2ID);
}

let standIn: Promise<string> | undefined;

/** Whether the password is right; without a hash (no such user) it takes as long and says no. */
export async function checkPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  standIn ??= hashPassword('nobody has this password');
  const matches = await verify(passwordHash ?? (await standIn), password.slice(0, LONGEST + 1));
  return matches && passwordHash !== undefined;
}
