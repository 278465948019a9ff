import { counted } from './words.js';

/** What is needed of a test to say what goes with it. */
interface Deletable {
  readonly childCount: number;
}

/** What is lost when these tests are deleted, in sentences. */
export function lossText(tests: readonly Deletable[]): string {
  const children = tests.reduce((sum, { childCount }) => sum + childCount, 0);
  const them = tests.length === 1 ? 'it has' : 'they have';
  if (children === 0) return `Everything that ${them} ever measured is deleted too, for everyone and for good.`;
  const [whose, all] = tests.length === 1 ? ['its', 'it'] : ['their', 'them'];
  const made = `${counted(children, 'test')} that ${whose} schedule${tests.length === 1 ? '' : 's'} made, one for each session,`;
  return `${made} ${children === 1 ? 'is' : 'are'} deleted too, with everything that was ever measured, for everyone and for good. To keep what was measured, stop ${all} instead.`;
}
