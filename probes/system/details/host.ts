import { arch, release } from 'node:os';
import si from 'systeminformation';

/** What does not change while the host is up. */
export interface HostFacts {
  readonly system: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly cpu: string;
  readonly physicalCores: number;
  /** The hypervisor where one is known, "yes" where only its presence is, null on bare metal. */
  readonly virtual: string | null;
}

let known: Promise<HostFacts> | undefined;

/** The host's facts, asked for once in a process (or worker), and again where that failed. */
export function hostFacts(): Promise<HostFacts> {
  known ??= askForFacts().catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

/** Dear: it starts other programs. */
async function askForFacts(): Promise<HostFacts> {
  const [system, cpu, machine] = await Promise.all([si.osInfo(), si.cpu(), si.system()]);
  return {
    system: `${system.distro} ${system.release}`.trim(),
    kernel: release(),
    architecture: arch(),
    cpu: `${cpu.manufacturer} ${cpu.brand}`.trim(),
    physicalCores: cpu.physicalCores,
    virtual: machine.virtual ? machine.virtualHost || 'yes' : null,
  };
}
