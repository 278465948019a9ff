import { createRequire } from 'node:module';

/** The functions of the C library that the kernel layer uses. Buffers are passed by address; results are those of the man pages (-1 and errno). */
export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  close(fd: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  getsockname(fd: number, address: Uint8Array, length: Uint8Array): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number;
  getsockopt(fd: number, level: number, option: number, value: Uint8Array, length: Uint8Array): number;
  recvmmsg(fd: number, messages: bigint, count: number, flags: number, timeout: number): number;
  sendmmsg(fd: number, messages: bigint, count: number, flags: number): number;
  poll(descriptors: bigint, count: number, timeoutMs: number): number;
  clock_gettime(clock: number, time: Uint8Array): number;
  open(path: string, flags: number): number;
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  /** Moves the calling thread alone into the namespace. */
  setns(fd: number, kind: number): number;
  /** `address` is a plain number here, since user addresses stay below 2^47 and big integers cost a packet dear. */
  read(fd: number, address: number, bytes: number): number;
  write(fd: number, address: number, bytes: number): number;
  ppoll(descriptors: number, count: number, timeout: number, signals: number): number;
  sched_setscheduler(pid: number, policy: number, parameters: Uint8Array): number;
  prctl(option: number, argument: number): number;
  /** glibc's alone. */
  malloc_trim?(pad: number): number;
  /** errno of the call just made in this thread. */
  errno(): number;
  /** Memory that never moves, with its address: good for as long as somebody holds the buffer. */
  allocate(bytes: number): { readonly buffer: Buffer; readonly address: bigint };
}

/** Whether this process can call the C library, and if not, why. */
export type KernelAvailability = { readonly available: true } | { readonly available: false; readonly reason: string };

type Koffi = typeof import('koffi');

const DECLARATIONS = {
  socket: 'int socket(int, int, int)',
  close: 'int close(int)',
  bind: 'int bind(int, const void *, uint32_t)',
  connect: 'int connect(int, const void *, uint32_t)',
  getsockname: 'int getsockname(int, void *, void *)',
  setsockopt: 'int setsockopt(int, int, int, const void *, uint32_t)',
  getsockopt: 'int getsockopt(int, int, int, void *, void *)',
  recvmmsg: 'int recvmmsg(int, uintptr_t, uint32_t, int, uintptr_t)',
  sendmmsg: 'int sendmmsg(int, uintptr_t, uint32_t, int)',
  poll: 'int poll(uintptr_t, uint64_t, int)',
  clock_gettime: 'int clock_gettime(int, void *)',
  open: 'int open(const char *, int)',
  ioctl: 'int ioctl(int, uint64_t, void *)',
  setns: 'int setns(int, int)',
  read: 'int64_t read(int, uintptr_t, size_t)',
  write: 'int64_t write(int, uintptr_t, size_t)',
  ppoll: 'int ppoll(uintptr_t, uint64_t, uintptr_t, uintptr_t)',
  sched_setscheduler: 'int sched_setscheduler(int, int, const void *)',
  prctl: 'int prctl(int, uint64_t)',
} as const;

/** What not every C library has. */
const OPTIONAL = { malloc_trim: 'int malloc_trim(size_t)' } as const;

/** glibc, then musl on both architectures whose structures are the same here (LP64, little endian). */
const LIBRARIES = ['libc.so.6', 'libc.musl-x86_64.so.1', 'libc.musl-aarch64.so.1'];

let loaded: { libc: Libc } | { reason: string } | undefined;

function load(): { libc: Libc } | { reason: string } {
  if (process.platform !== 'linux') return { reason: `the kernel layer is written for Linux; this is ${process.platform}` };
  if (process.arch !== 'x64' && process.arch !== 'arm64')
    return { reason: `the kernel layer is written for x64 and arm64; this is ${process.arch}` };
  try {
    return { libc: bindLibrary(createRequire(import.meta.url)('koffi') as Koffi) };
  } catch (error) {
    return { reason: `the C library could not be loaded through koffi: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function bindLibrary(koffi: Koffi): Libc {
  const library = firstLoadable(koffi);
  const functions = Object.fromEntries(Object.entries(DECLARATIONS).map(([name, declaration]) => [name, library.func(declaration)]));
  return {
    ...(functions as unknown as Pick<Libc, keyof typeof DECLARATIONS>),
    ...optionalOf(library),
    errno: () => koffi.errno(),
    allocate(bytes) {
      // What koffi allocates stays until it is told to free it; this goes with the buffer.
      const memory = new ArrayBuffer(bytes);
      return { buffer: Buffer.from(memory), address: koffi.address(memory) };
    },
  };
}

function optionalOf(library: ReturnType<Koffi['load']>): Pick<Libc, keyof typeof OPTIONAL> {
  try {
    return { malloc_trim: library.func(OPTIONAL.malloc_trim) as Libc['malloc_trim'] };
  } catch {
    // musl: whoever wants it looks first.
    return {};
  }
}

function firstLoadable(koffi: Koffi): ReturnType<Koffi['load']> {
  const complaints: string[] = [];
  for (const name of LIBRARIES) {
    try {
      return koffi.load(name);
    } catch (error) {
      complaints.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(complaints.join('; '));
}

/** Whether this process can use the kernel layer at all. Loads it at the first call (about 16 ms). */
export function kernelAvailability(): KernelAvailability {
  loaded ??= load();
  return 'libc' in loaded ? { available: true } : { available: false, reason: loaded.reason };
}

/** The C library. @throws Error where `kernelAvailability` says that there is none */
export function libc(): Libc {
  loaded ??= load();
  if ('reason' in loaded) throw new Error(loaded.reason);
  return loaded.libc;
}
