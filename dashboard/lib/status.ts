import {
  mdiCheckCircle,
  mdiCircleOutline,
  mdiClockOutline,
  mdiCloseCircle,
  mdiPauseCircle,
  mdiPencil,
  mdiPlayCircle,
  mdiAlertCircle,
  mdiMinusCircle,
} from '@mdi/js';
import type { AgentStatus, AssignmentStatus, ResultStatus, TestStatus } from '../graphql/generated.js';
import type { Level } from './level.js';

/** A status as it is shown: a word, a shape, a colour's meaning, and what it means in full. */
export interface StatusLook {
  readonly text: string;
  readonly icon: string;
  readonly level: Level;
  readonly hint: string;
}

export const AGENT_STATUS: Readonly<Record<AgentStatus, StatusLook>> = {
  ONLINE: { text: 'Online', icon: mdiCheckCircle, level: 'excellent', hint: 'Its heartbeats arrive' },
  STALE: { text: 'Stale', icon: mdiAlertCircle, level: 'fair', hint: 'No heartbeat for more than 12 seconds' },
  OFFLINE: {
    text: 'Offline',
    icon: mdiCloseCircle,
    level: 'critical',
    hint: 'No heartbeat for more than 45 seconds; it may well go on measuring and deliver later',
  },
  DISABLED: { text: 'Disabled', icon: mdiMinusCircle, level: 'unknown', hint: 'Switched off by a person' },
};

export const TEST_STATUS: Readonly<Record<TestStatus, StatusLook>> = {
  DRAFT: { text: 'Draft', icon: mdiPencil, level: 'unknown', hint: 'Not started yet' },
  SCHEDULED: { text: 'Scheduled', icon: mdiClockOutline, level: 'unknown', hint: 'Waits for its next start' },
  RUNNING: { text: 'Running', icon: mdiPlayCircle, level: 'excellent', hint: 'Agents measure' },
  PAUSED: { text: 'Paused', icon: mdiPauseCircle, level: 'fair', hint: 'No one measures until it is started again' },
  COMPLETED: { text: 'Completed', icon: mdiCheckCircle, level: 'good', hint: 'It has ended' },
  FAILED: { text: 'Failed', icon: mdiCloseCircle, level: 'critical', hint: 'It could not be carried out' },
};

export const RESULT_STATUS: Readonly<Record<ResultStatus, StatusLook>> = {
  OK: { text: 'OK', icon: mdiCheckCircle, level: 'excellent', hint: 'Every probe succeeded' },
  PARTIAL: { text: 'Partial', icon: mdiAlertCircle, level: 'fair', hint: 'Some probes failed' },
  FAILED: { text: 'Failed', icon: mdiCloseCircle, level: 'critical', hint: 'No probe succeeded' },
  SKIPPED: { text: 'Skipped', icon: mdiMinusCircle, level: 'unknown', hint: 'The cycle was not carried out' },
};

export const ASSIGNMENT_STATUS: Readonly<Record<AssignmentStatus, StatusLook>> = {
  ASSIGNED: { text: 'Assigned', icon: mdiCircleOutline, level: 'unknown', hint: 'The agent has not begun yet' },
  RUNNING: { text: 'Running', icon: mdiPlayCircle, level: 'excellent', hint: 'The agent measures' },
  COMPLETED: { text: 'Completed', icon: mdiCheckCircle, level: 'good', hint: 'The agent is done' },
  FAILED: { text: 'Failed', icon: mdiCloseCircle, level: 'critical', hint: 'The agent could not carry it out' },
  UNSUPPORTED: { text: 'Not possible', icon: mdiMinusCircle, level: 'poor', hint: 'The agent cannot measure this' },
};
