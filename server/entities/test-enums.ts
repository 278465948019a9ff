import { registerEnumType } from 'type-graphql';

export enum TargetKind {
  HOST = 'HOST',
  URL = 'URL',
  AGENT = 'AGENT',
}
registerEnumType(TargetKind, {
  name: 'TargetKind',
  description: 'What a target is.',
  valuesConfig: {
    HOST: { description: 'A host name or IP address, perhaps with a port.' },
    URL: { description: 'An http or https URL.' },
    AGENT: { description: 'Another agent, measured at its first address.' },
  },
});

export enum Topology {
  EACH_TO_TARGETS = 'EACH_TO_TARGETS',
  MESH = 'MESH',
}
registerEnumType(Topology, {
  name: 'Topology',
  description: 'Who measures to whom.',
  valuesConfig: {
    EACH_TO_TARGETS: { description: 'Every agent of the test to every target.' },
    MESH: { description: 'Every agent of the test to every other, and to the targets where there are any.' },
  },
});

export enum TestStatus {
  DRAFT = 'DRAFT',
  SCHEDULED = 'SCHEDULED',
  RUNNING = 'RUNNING',
  PAUSED = 'PAUSED',
  COMPLETED = 'COMPLETED',
  FAILED = 'FAILED',
}
registerEnumType(TestStatus, {
  name: 'TestStatus',
  description: 'Where a test stands.',
  valuesConfig: {
    DRAFT: { description: 'It has no agents yet.' },
    SCHEDULED: { description: 'It waits for its next session.' },
    RUNNING: { description: 'A session is open: its agents measure.' },
    PAUSED: { description: 'A person paused it: the open session, or, where none was open, those to come.' },
    COMPLETED: { description: 'Its sessions are over.' },
    FAILED: {
      description:
        'None of its agents can run it and it has no other time, or its last session ended by itself without a single result. One that comes late makes it COMPLETED.',
    },
  },
});

export enum AssignmentStatus {
  ASSIGNED = 'ASSIGNED',
  RUNNING = 'RUNNING',
  COMPLETED = 'COMPLETED',
  FAILED = 'FAILED',
  UNSUPPORTED = 'UNSUPPORTED',
}
registerEnumType(AssignmentStatus, {
  name: 'AssignmentStatus',
  description: 'Where an assignment stands.',
  valuesConfig: {
    ASSIGNED: { description: 'No result of the session came yet.' },
    RUNNING: { description: 'Results arrive.' },
    COMPLETED: { description: 'The session is over and brought results.' },
    FAILED: { description: 'The session is over and brought no result.' },
    UNSUPPORTED: { description: 'The agent cannot run it; the reason says why.' },
  },
});

export enum Recurrence {
  ONCE = 'ONCE',
  CONTINUE = 'CONTINUE',
  NEW_TEST = 'NEW_TEST',
}
registerEnumType(Recurrence, {
  name: 'Recurrence',
  description: 'What happens at each time of a cron schedule.',
  valuesConfig: {
    ONCE: { description: 'There is one session; it takes no cron.' },
    CONTINUE: { description: 'Each session adds to the same test.' },
    NEW_TEST: { description: 'Each session is a child test of its own; it is deleted with its parent.' },
  },
});
