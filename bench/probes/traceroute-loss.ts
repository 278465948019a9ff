import type { Lab } from '../../probes/lab/index.js';
import type { ProbeRun } from '../../probes/sdk/run.js';
import { detailsOf, FAMILIES, ROUTERS, trace, verdict, withTenHops } from './traceroute-lab.js';

/** So many are needed before loss is judged; at the default pace they take a minute. */
const ROUNDS = 60;
/** Every other router limits its answers as the kernel does by itself. */
const LIMITED = ROUTERS.filter((_, index) => index % 2 === 0);
const LIMITED_TTLS = LIMITED.map((router) => ROUTERS.indexOf(router) + 1);

function lossOf({ metrics, absent }: ProbeRun): string {
  const worst = metrics['traceroute.loss.worst'];
  return worst === undefined ? `absent (${absent['traceroute.loss.worst']})` : `${worst} %`;
}

function judge(name: string, run: ProbeRun, limited: readonly number[]): boolean {
  const { hops } = detailsOf(run);
  const marked = hops.filter(({ limitsAnswers }) => limitsAnswers).map(({ ttl }) => ttl);
  const missed = hops.reduce((sum, { sent, received }) => sum + sent - received, 0);
  const met = run.metrics['traceroute.loss.worst'] === 0 && marked.join() === limited.join();
  const found = `worst loss ${lossOf(run)}, ${missed} answers held back, said to limit theirs: ${marked.join(' ') || 'none'}`;
  return verdict(name, found, met, `0 %, and of hops ${limited.join(' ') || 'none'}`);
}

async function limitHalf(lab: Lab): Promise<void> {
  for (const router of LIMITED) await lab.limitErrors(router);
}

/** At the pace that the probe keeps by itself nobody holds an answer back; one that asks too fast must know whose answers are missing. */
const PACES = [
  { name: `${ROUNDS} rounds at the usual pace`, settings: {}, limited: [] },
  { name: `${ROUNDS} rounds 10 ms apart`, settings: { paceMs: 10 }, limited: LIMITED_TTLS },
];

/** Prints the loss that the probe sees on a path that loses nothing, half of whose routers limit their answers. Gives whether it sees none. */
export async function benchTracerouteLoss(): Promise<boolean> {
  console.log('\nTraceroute, loss: none on this path, but half of the routers limit their answers as Linux does by itself');
  // A lab each: what a router has answered counts against its limit for a minute. Side by side, since they mostly wait.
  const judged = PACES.flatMap(({ name, settings, limited }) =>
    FAMILIES.map(async (family) => {
      const run = await withTenHops([], async (lab) => {
        await limitHalf(lab);
        return trace(lab, family, { rounds: ROUNDS, ...settings });
      });
      return () => judge(`${name}, ${family}`, run, limited);
    }),
  );
  return (await Promise.all(judged)).map((print) => print()).every((met) => met);
}
