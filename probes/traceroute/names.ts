import { reverse } from 'node:dns/promises';

const KEPT_MS = 3_600_000;
/** A name server that did not answer in time may do so soon. */
const UNANSWERED_KEPT_MS = 60_000;
const MOST = 4096;
const WAIT_MS = 1500;
const known = new Map<string, { readonly name: string | undefined; readonly until: number }>();

/** Names of addresses by reverse look-up, kept for an hour in this process (a minute where no answer came); an address without a name, or without one in time, is left out. */
export async function reverseNames(addresses: Iterable<string>): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all([...new Set(addresses)].map(async (address) => [address, await nameOf(address)] as const));
  return new Map(found.flatMap(([address, name]) => (name === undefined ? [] : [[address, name] as const])));
}

async function nameOf(address: string): Promise<string | undefined> {
  const kept = known.get(address);
  if (kept && kept.until > Date.now()) return kept.name;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      keep(address, undefined, UNANSWERED_KEPT_MS);
      resolve(undefined);
    }, WAIT_MS);
  });
  // No name is the common answer of routers (NXDOMAIN), and a name server that fails says no more of the path. One that comes too late for this run is there for the next.
  const found = reverse(address).then(
    ([name]) => keep(address, name, KEPT_MS),
    (error: unknown) => keep(address, undefined, isNoName(error) ? KEPT_MS : UNANSWERED_KEPT_MS),
  );
  const name = await Promise.race([found, late]);
  clearTimeout(timer);
  return name;
}

function keep(address: string, name: string | undefined, forMs: number): string | undefined {
  if (known.size >= MOST) known.clear();
  known.set(address, { name, until: Date.now() + forMs });
  return name;
}

function isNoName(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA');
}
