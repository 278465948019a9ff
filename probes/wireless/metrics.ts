import { defineMetrics } from '../sdk/metric.js';

/** What `wireless` measures: signal, noise, rates and the air around one Wi-Fi interface. */
export const metrics = defineMetrics({
  'wireless.signal.min': {
    unit: 'dBm',
    kind: 'QUANTILE',
    title: 'Weakest signal',
    description: "Weakest signal among the run's samples; absent without an associated Wi-Fi interface.",
    lowerIsBetter: false,
  },
  'wireless.signal.avg': {
    unit: 'dBm',
    kind: 'QUANTILE',
    title: 'Mean signal',
    description: "Mean signal of the run's samples; absent without an associated Wi-Fi interface.",
    lowerIsBetter: false,
  },
  'wireless.signal.max': {
    unit: 'dBm',
    kind: 'QUANTILE',
    title: 'Strongest signal',
    description: "Strongest signal among the run's samples; absent without an associated Wi-Fi interface.",
    lowerIsBetter: false,
  },
  'wireless.samples': {
    unit: '1',
    kind: 'COUNT',
    title: 'Signal samples',
    description: 'Signal samples taken in the run; absent without an associated Wi-Fi interface.',
  },
  'wireless.noise': {
    unit: 'dBm',
    kind: 'LEVEL',
    title: 'Noise floor',
    description: 'Noise floor of the channel in use; absent when the driver does not report it.',
    lowerIsBetter: true,
  },
  'wireless.snr': {
    unit: 'dB',
    kind: 'LEVEL',
    title: 'Signal-to-noise ratio',
    description: 'Mean signal less noise floor; absent when either is.',
    lowerIsBetter: false,
  },
  'wireless.bitrate.tx': {
    unit: 'Mbit/s',
    kind: 'LEVEL',
    title: 'Transmit bit rate',
    description: 'Bit rate at which the interface sends; absent when the driver does not report it.',
    lowerIsBetter: false,
  },
  'wireless.bitrate.rx': {
    unit: 'Mbit/s',
    kind: 'LEVEL',
    title: 'Receive bit rate',
    description: 'Bit rate at which the interface receives; absent when the driver does not report it.',
    lowerIsBetter: false,
  },
  'wireless.retries': {
    unit: '%',
    kind: 'LEVEL',
    title: 'Frames sent again',
    description:
      'Share of the frames sent since the previous reading that had to be sent again; absent when the driver does not count them or no earlier reading exists.',
    lowerIsBetter: true,
  },
  'wireless.beacon_loss': {
    unit: '1',
    kind: 'COUNT',
    title: 'Beacons lost',
    description:
      'Beacons of the access point missed since the previous reading; absent when the driver does not count them or no earlier reading exists.',
    lowerIsBetter: true,
  },
  'wireless.channel': {
    unit: '1',
    kind: 'CODE',
    title: 'Channel',
    description: 'Number of the channel in use; absent without an associated Wi-Fi interface.',
    standard: 'IEEE 802.11',
  },
  'wireless.frequency': {
    unit: 'Hz',
    kind: 'CODE',
    title: 'Centre frequency',
    description: 'Centre frequency of the channel in use; absent without an associated Wi-Fi interface.',
    standard: 'IEEE 802.11',
  },
  'wireless.channel_utilization': {
    unit: '%',
    kind: 'LEVEL',
    title: 'Channel busy',
    description: 'Share of time in which the channel is busy, from the survey; absent when the driver makes none.',
    lowerIsBetter: true,
  },
  'wireless.networks': {
    unit: '1',
    kind: 'LEVEL',
    title: 'Networks heard',
    description: 'Networks heard in the last scan, each of them in the details; absent when this host may not read scans.',
    lowerIsBetter: true,
  },
});
