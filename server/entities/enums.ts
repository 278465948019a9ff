import { registerEnumType } from 'type-graphql';

export enum Role {
  VIEWER = 'VIEWER',
  OPERATOR = 'OPERATOR',
  ADMIN = 'ADMIN',
}
registerEnumType(Role, {
  name: 'Role',
  description: 'What a person or an integration may do; each role includes the ones before it.',
  valuesConfig: {
    VIEWER: { description: 'Sees everything but secrets, people and tokens.' },
    OPERATOR: { description: 'Also creates, changes, starts and stops tests, and manages agents.' },
    ADMIN: { description: 'Also manages people, tokens and settings.' },
  },
});

export enum TokenKind {
  ENROLLMENT = 'ENROLLMENT',
  API = 'API',
}
registerEnumType(TokenKind, {
  name: 'TokenKind',
  description: 'What a token is for.',
  valuesConfig: {
    ENROLLMENT: { description: 'Registers agents, and nothing else.' },
    API: { description: 'For integrations; carries a role.' },
  },
});

export enum TokenStatus {
  AVAILABLE = 'AVAILABLE',
  CONSUMED = 'CONSUMED',
  REVOKED = 'REVOKED',
  EXPIRED = 'EXPIRED',
}
registerEnumType(TokenStatus, {
  name: 'TokenStatus',
  description: 'Whether a token can still be used.',
  valuesConfig: {
    AVAILABLE: { description: 'It can be used.' },
    CONSUMED: { description: 'It was used as often as it may be.' },
    REVOKED: { description: 'A person revoked it.' },
    EXPIRED: { description: 'Its time is over.' },
  },
});

export enum AgentStatus {
  ONLINE = 'ONLINE',
  STALE = 'STALE',
  OFFLINE = 'OFFLINE',
  DISABLED = 'DISABLED',
}
registerEnumType(AgentStatus, {
  name: 'AgentStatus',
  description: 'Whether the server hears from an agent; told by the server from heartbeats.',
  valuesConfig: {
    ONLINE: { description: 'Its heartbeats arrive.' },
    STALE: { description: 'Some heartbeats are missing.' },
    OFFLINE: { description: 'Nothing was heard for long, or ever.' },
    DISABLED: { description: 'A person switched it off.' },
  },
});

export enum MetricKind {
  LEVEL = 'LEVEL',
  QUANTILE = 'QUANTILE',
  COUNT = 'COUNT',
  RATIO = 'RATIO',
  BOOL = 'BOOL',
  CODE = 'CODE',
  ESTIMATE = 'ESTIMATE',
  DISTRIBUTION = 'DISTRIBUTION',
}
registerEnumType(MetricKind, {
  name: 'MetricKind',
  description: 'How a number behaves when it is summed up over time: it decides which statistics exist for it.',
  valuesConfig: {
    LEVEL: { description: 'A measured level, like a load or a temperature.' },
    QUANTILE: { description: "A statistic of a run's own samples, like a median round-trip time." },
    COUNT: { description: 'A number of events in a run; sums make sense.' },
    RATIO: { description: 'A share with a numerator and a denominator; it rolls up as sum divided by sum.' },
    BOOL: { description: '0 or 1.' },
    CODE: { description: 'A name for a state, like a TTL or a status code; it has no mean.' },
    ESTIMATE: { description: 'Derived under an assumption that was not checked; never an input of health.' },
    DISTRIBUTION: { description: 'The samples of a run themselves.' },
  },
});
