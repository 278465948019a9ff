import { KernelError } from '../../kernel/socket.js';
import { libc } from '../../kernel/libc.js';
import type { WireEnd } from './settings.js';

const O_RDONLY = 0;
const O_RDWR = 2;
const O_NONBLOCK = 0o4000;
const CLONE_NEWNET = 0x40000000;
const TUNSETIFF = 0x400454ca;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
const IFNAMSIZ = 16;
const IFREQ_BYTES = 40;

function checked(call: string, result: number): number {
  if (result < 0) throw new KernelError(call, libc().errno());
  return result;
}

/**
 * Makes a TUN device in a namespace; it lives as long as the descriptor that is returned. The calling thread stays in that namespace.
 *
 * @throws KernelError
 */
export function openTun({ namespace, device }: WireEnd): number {
  const path = `/run/netns/${namespace}`;
  const handle = checked(`open ${path}`, libc().open(path, O_RDONLY));
  checked(`setns ${namespace}`, libc().setns(handle, CLONE_NEWNET));
  libc().close(handle);
  const fd = checked('open /dev/net/tun', libc().open('/dev/net/tun', O_RDWR | O_NONBLOCK));
  const request = Buffer.alloc(IFREQ_BYTES);
  request.write(device, 0, IFNAMSIZ - 1, 'ascii');
  request.writeUInt16LE(IFF_TUN | IFF_NO_PI, IFNAMSIZ);
  checked(`TUNSETIFF ${device}`, libc().ioctl(fd, TUNSETIFF, request));
  return fd;
}
