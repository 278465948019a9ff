/** Numbers of the Linux ABI, the same on x86-64 and arm64: socket(7), ip(7), ipv6(7), tcp(7), packet(7), include/uapi/linux. */
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_PACKET = 17;

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

export const IPPROTO_ICMP = 1;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_ICMPV6 = 58;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_ERROR = 4;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_LINGER = 13;
export const SO_ATTACH_FILTER = 26;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const SO_TIMESTAMPNS = 35;
export const SO_TIMESTAMPING = 37;
export const SO_RXQ_OVFL = 40;
export const SO_MEMINFO = 55;

export const SOL_IP = 0;
export const IP_TOS = 1;
export const IP_TTL = 2;
export const IPV6_UNICAST_HOPS = 16;
export const IPV6_AUTOFLOWLABEL = 70;
export const IP_MTU_DISCOVER = 10;
/** Never fragment, and take no notice of what was learnt of the path (ip(7)); the same number for both families. */
export const PMTUDISC_PROBE = 3;
export const IP_RECVERR = 11;
export const IP_RECVTTL = 12;
export const IP_RECVTOS = 13;

export const SOL_IPV6 = 41;
export const IPV6_MTU_DISCOVER = 23;
export const IPV6_RECVERR = 25;
export const IPV6_RECVHOPLIMIT = 51;
export const IPV6_HOPLIMIT = 52;
export const IPV6_RECVTCLASS = 66;
export const IPV6_DONTFRAG = 62;
export const IPV6_TCLASS = 67;

export const SOL_TCP = 6;
export const TCP_NODELAY = 1;
export const TCP_INFO = 11;
export const TCP_CONGESTION = 13;

export const SOL_PACKET = 263;

export const MSG_DONTWAIT = 0x40;
export const MSG_ERRQUEUE = 0x2000;

/** Flags of SO_TIMESTAMPING (Documentation/networking/timestamping). */
export const STAMP_TX_SOFTWARE = 1 << 1;
export const STAMP_RX_SOFTWARE = 1 << 3;
export const STAMP_SOFTWARE = 1 << 4;

/** Origins of an extended error (struct sock_extended_err, ip(7)). */
export const ORIGIN_LOCAL = 1;
export const ORIGIN_ICMP = 2;
export const ORIGIN_ICMP6 = 3;
export const ORIGIN_TIMESTAMPING = 4;

export const POLLIN = 1;
export const POLLOUT = 4;

export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;
