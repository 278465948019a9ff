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

/** Asks for the host's facts. Dear: it starts other programs. */
export async function hostFacts(): Promise<HostFacts> {
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
