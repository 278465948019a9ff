import { packetOf, type Mss } from './mss.js';
import { boundaryReport, interfaceMtu } from './found.js';
import type { Findings } from './report.js';
import type { Reverse } from './reverse.js';

/** What the numbers mean, in sentences for a person. Only of a path whose MTU was found. */
export function explain(findings: Findings): string[] {
  const { found, mss, reverse } = findings;
  const { passed } = found;
  if (passed === undefined) return [];
  return [
    ...pathSentences(findings, passed),
    ...(reverse ? reverseSentences(reverse, passed) : []),
    ...(mss ? mssSentences(findings, mss, passed) : []),
  ];
}

function pathSentences({ found }: Findings, passed: number): string[] {
  const said = [`Packets of up to ${passed} bytes reach the target whole.`];
  const teller = boundaryReport(found);
  if (found.why === undefined) said.push('That was the largest size tried.');
  else if (found.why === 'silent')
    said.push(`Larger ones vanish and nobody says so: a black hole. What relies on path MTU discovery by ICMP hangs there.`);
  else if (teller?.from === undefined) said.push("That is the MTU of this host's own interface.");
  else said.push(`${teller.from} says by ICMP that larger ones do not fit the link behind it.`);
  return said;
}

function reverseSentences({ bytes, found }: Reverse, passed: number): string[] {
  if (bytes === undefined || !found) return [];
  const said = [`Packets of up to ${bytes} bytes come back whole${bytes < passed ? ': less than the way there carries' : ''}.`];
  if (found.why === 'silent') said.push('Larger ones that the reflector sends are lost on the way back.');
  else if (found.why === 'told') said.push("That is the MTU of the reflector's own interface.");
  return said;
}

function mssSentences({ found, resolved }: Findings, { received }: Mss, passed: number): string[] {
  if (received === undefined) return [];
  const packet = packetOf(received, resolved.family);
  const announced = `The target announces TCP segments of ${received} bytes, packets of ${packet}`;
  if (packet > passed) {
    const hazard =
      found.why === 'silent'
        ? 'and nothing on the way lowers it: large TCP segments vanish'
        : 'so TCP needs the ICMP messages that came here';
    return [`${announced}: more than the path carries, ${hazard}.`];
  }
  const own = interfaceMtu(found);
  if (own === undefined || packet >= own) return [`${announced}: nothing lowers it.`];
  return [
    `${announced}: less than this host's interface carries (${own}). Something on the way clamps it, or the target's own link is as small.`,
  ];
}
