import { networkInterfaces } from 'node:os';

/** Whether this host has ::1: containers are often without. */
export const hasIpv6Loopback = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'));
