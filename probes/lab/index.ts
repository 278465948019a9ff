/** The lab: networks of known behaviour on this machine, as ground truth for tests and benches. */
export { labAvailability, needsLab, type LabAvailability } from './availability.js';
export { Capture } from './capture/capture.js';
export { echoes, handshakes, lostSegments, segmentsSentAgain, type CapturedEcho, type CapturedHandshake } from './capture/matching.js';
export type { CapturedPacket } from './capture/packet.js';
export { addParallelLink, type BehindBoth } from './parallel-link.js';
export { parallelRouter } from './fan.js';
export type { CommandResult } from './command.js';
export { Lab, type RunProbeOptions } from './lab.js';
export type { Link } from './link.js';
export { removeLeftovers } from './namespaces.js';
export type { LabHost, LinkOptions } from './plan.js';
export type { LabProbeRun } from './probe-runner.js';
export type { TcpBehaviour, TcpServerConfig } from './tcp-server.js';
export { totalOf } from './wire/counters.js';
export type { DirectionCounters, Impairment, LinkCounters, LinkImpairments } from './wire/settings.js';
