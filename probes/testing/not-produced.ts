/** Metrics that are declared and that no run produces yet, each with its reason: what is produced after all must leave this list. */
export const NOT_PRODUCED: Readonly<Record<string, string>> = {};

/** Metrics that hang on the host that the tests run on, each with what the host must have. */
export const BY_HOST: Readonly<Record<string, string>> = {
  'cpu.frequency': 'a kernel that tells the frequency of the cores; virtual machines mostly do not',
  'cpu.pressure': 'pressure stall information (PSI) in the kernel',
  'net.conntrack.utilization': 'connection tracking',
  'swap.utilization': 'swap',
};
