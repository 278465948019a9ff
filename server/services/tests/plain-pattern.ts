const LONGEST = 300;
const MOST_REPETITIONS = 3;

const ESCAPES_AND_CLASSES = /\\(?:[pPu]\{[^}]*\}|[^])|\[(?:\\[^]|[^\]\\])*\]/g;
const BACKREFERENCE = /\\[1-9k]/;

/**
 * Whether a regular expression surely ends soon, also on a text that it does not match: few repetitions, each of one character or class, so that
 * there are not many ways to try. Others may be just as quick; this says no to them.
 */
export function isPlainPattern(pattern: string): boolean {
  if (pattern.length > LONGEST || BACKREFERENCE.test(pattern)) return false;
  // What is left besides characters are groups, alternatives and repetitions.
  const bare = pattern.replace(ESCAPES_AND_CLASSES, 'c');
  if (/\)[*+{]/.test(bare)) return false;
  return (bare.match(/[*+{]/g) ?? []).length <= MOST_REPETITIONS;
}
