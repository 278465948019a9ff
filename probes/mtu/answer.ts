import type { ProbeFailure } from '../sdk/error.js';

/** What became of packets of one size (bytes with the IP header). */
export type Answer =
  /** It reached the target whole. */
  | { readonly kind: 'passed' }
  /** Somebody said that it is too large: a router by ICMP, or this host itself (`from` is undefined then). `mtu`: what fits there; undefined where it was not said. */
  | { readonly kind: 'too-big'; readonly mtu: number | undefined; readonly from: string | undefined }
  /** The target cannot be reached, whatever the size. */
  | { readonly kind: 'failed'; readonly failure: ProbeFailure }
  /** Nobody answered. */
  | { readonly kind: 'silent' };

/** Tries packets of these sizes; each gets an answer, in any order. */
export type Try = (sizes: readonly number[]) => Promise<ReadonlyMap<number, Answer>>;
