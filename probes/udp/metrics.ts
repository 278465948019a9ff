import { defineMetrics } from '../sdk/metric.js';

/** What `udp` measures with a reflector: one-way delay, loss, jitter and order in each direction, and what a call over this path would sound like. */
export const metrics = defineMetrics({
  'udp.owd.forward': {
    unit: 'ms',
    kind: 'DISTRIBUTION',
    title: 'One-way delay, forward',
    description:
      "Delay from agent to reflector: the packets' samples, their median as the value, corrected by the clock offset and bounded by the clock error; absent when nothing arrived or the clock offset is unknown.",
    lowerIsBetter: true,
    standard: 'RFC 7679',
  },
  'udp.owd.reverse': {
    unit: 'ms',
    kind: 'DISTRIBUTION',
    title: 'One-way delay, reverse',
    description:
      "Delay from reflector to agent: the packets' samples, their median as the value, corrected by the clock offset and bounded by the clock error; absent when nothing came back or the clock offset is unknown.",
    lowerIsBetter: true,
    standard: 'RFC 7679',
  },
  'udp.clock_error': {
    unit: 'ms',
    kind: 'LEVEL',
    title: 'Clock error',
    description:
      'Half-width of the interval in which the offset of the two clocks lies: half of the smallest RTT of the window and the drift since; absent when no packet made the round trip.',
    lowerIsBetter: true,
    standard: 'RFC 8762',
  },
  'udp.loss.forward': {
    unit: '%',
    kind: 'RATIO',
    title: 'Loss, forward',
    description:
      'Share of the packets sent that the reflector did not get; absent when none could be sent or the reflector did not report its count.',
    lowerIsBetter: true,
    numerator: 'udp.received.forward',
    denominator: 'udp.sent',
    standard: 'RFC 7680',
  },
  'udp.loss.reverse': {
    unit: '%',
    kind: 'RATIO',
    title: 'Loss, reverse',
    description: "Share of the reflector's answers that did not come back; absent when the reflector got nothing or its count is unknown.",
    lowerIsBetter: true,
    numerator: 'udp.received.reverse',
    denominator: 'udp.received.forward',
    standard: 'RFC 7680',
  },
  'udp.jitter.forward': {
    unit: 'ms',
    kind: 'LEVEL',
    title: 'Jitter, forward',
    description:
      'Smoothed interarrival jitter of the transit times from agent to reflector, started at the mean of the first 16 differences; absent under 100 packets.',
    lowerIsBetter: true,
    minSamples: 100,
    standard: 'RFC 3550',
  },
  'udp.jitter.reverse': {
    unit: 'ms',
    kind: 'LEVEL',
    title: 'Jitter, reverse',
    description:
      'Smoothed interarrival jitter of the transit times from reflector to agent, started at the mean of the first 16 differences; absent under 100 packets.',
    lowerIsBetter: true,
    minSamples: 100,
    standard: 'RFC 3550',
  },
  'udp.reordered.forward': {
    unit: '1',
    kind: 'COUNT',
    title: 'Reordered, forward',
    description:
      'Packets that reached the reflector with a sequence number smaller than the next expected; absent when the reflector does not number its receptions.',
    lowerIsBetter: true,
    standard: 'RFC 4737',
  },
  'udp.reordered.reverse': {
    unit: '1',
    kind: 'COUNT',
    title: 'Reordered, reverse',
    description: 'Packets that came back with a sequence number smaller than the next expected; absent when nothing came back.',
    lowerIsBetter: true,
    standard: 'RFC 4737',
  },
  'voip.r_factor': {
    unit: '1',
    kind: 'LEVEL',
    title: 'R factor',
    description:
      'Transmission rating of the E-model from mouth-to-ear delay, codec impairment, loss with late discards, and its burstiness; absent under 500 packets.',
    lowerIsBetter: false,
    minSamples: 500,
    standard: 'ITU-T G.107 (06/2015)',
  },
  'voip.mos': {
    unit: '1',
    kind: 'LEVEL',
    title: 'Call quality (MOS)',
    description: 'Estimated conversational quality from 1 to 4.5, computed from the R factor; absent when that is.',
    lowerIsBetter: false,
    minSamples: 500,
    standard: 'ITU-T G.107 Annex B',
  },
  'udp.sent': {
    unit: '1',
    kind: 'COUNT',
    title: 'Packets sent',
    description: 'Packets that the agent sent; absent when the socket could not be opened.',
  },
  'udp.received.forward': {
    unit: '1',
    kind: 'COUNT',
    title: 'Packets received by the reflector',
    description: 'Distinct packets that the reflector got; absent when the reflector did not report its count.',
  },
  'udp.received.reverse': {
    unit: '1',
    kind: 'COUNT',
    title: 'Packets received back',
    description: 'Distinct packets that came back in time; absent when none could be sent.',
  },
  'udp.pdv.forward.p95': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Delay variation p95, forward',
    description:
      '95th percentile of one-way delay less the smallest, agent to reflector, which needs no agreement of the clocks; absent when too few packets arrived.',
    lowerIsBetter: true,
    standard: 'RFC 5481',
  },
  'udp.pdv.reverse.p95': {
    unit: 'ms',
    kind: 'QUANTILE',
    title: 'Delay variation p95, reverse',
    description:
      '95th percentile of one-way delay less the smallest, reflector to agent, which needs no agreement of the clocks; absent when too few packets came back.',
    lowerIsBetter: true,
    standard: 'RFC 5481',
  },
  'udp.loss.forward.burst': {
    unit: '1',
    kind: 'LEVEL',
    title: 'Longest loss burst, forward',
    description: 'Longest run of consecutive packets lost on the way to the reflector; absent when the place of the losses is unknown.',
    lowerIsBetter: true,
    standard: 'RFC 3357',
  },
  'udp.loss.reverse.burst': {
    unit: '1',
    kind: 'LEVEL',
    title: 'Longest loss burst, reverse',
    description: 'Longest run of consecutive answers lost on the way back; absent when the place of the losses is unknown.',
    lowerIsBetter: true,
    standard: 'RFC 3357',
  },
  'udp.duplicates': {
    unit: '1',
    kind: 'COUNT',
    title: 'Duplicates',
    description: 'Packets that came back more than once; absent when nothing came back.',
    lowerIsBetter: true,
    standard: 'RFC 5560',
  },
  'voip.delay.mouth_to_ear': {
    unit: 'ms',
    kind: 'LEVEL',
    title: 'Mouth-to-ear delay',
    description:
      'Median one-way delay with jitter buffer, packetisation and look-ahead, half of the RTT standing in (and named in the method) where the clocks agree too badly; absent when nothing came back.',
    lowerIsBetter: true,
    standard: 'ITU-T G.114',
  },
  'voip.discard': {
    unit: '%',
    kind: 'LEVEL',
    title: 'Late packets discarded',
    description: 'Share of the packets that arrived later than the jitter buffer waits; absent when nothing arrived.',
    lowerIsBetter: true,
  },
});
