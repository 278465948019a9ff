/** The GraphQL operations of an agent. */

export const REGISTER = /* GraphQL */ `
  mutation RegisterAgent($input: RegisterAgentInput!) {
    registerAgent(input: $input) {
      secret
      agent {
        id
      }
    }
  }
`;

export const DESCRIBE = /* GraphQL */ `
  mutation DescribeAgent($input: RegisterAgentInput!) {
    describeAgent(input: $input) {
      id
    }
  }
`;

export const HEARTBEAT = /* GraphQL */ `
  mutation Heartbeat($input: HeartbeatInput!) {
    heartbeat(input: $input) {
      receivedAt
      serverTime
      heartbeatSeconds
    }
  }
`;

export const SUBMIT = /* GraphQL */ `
  mutation SubmitResults($results: [TestResultInput!]!) {
    submitResults(results: $results) {
      accepted
      rejected {
        id
        code
        message
        retry
      }
    }
  }
`;

export const ASSIGNMENTS = /* GraphQL */ `
  subscription AssignmentsChanged {
    assignmentsChanged {
      testId
      revision
      seed
      sessionStartedAt
      endsAt
      target {
        id
        kind
        address
        host
        port
      }
      probes {
        probe
        settings
      }
      schedule {
        intervalSeconds
        durationSeconds
        startsAt
      }
    }
  }
`;

/** The same for servers that know no sessions yet, and refuse the whole operation for the fields that they lack. */
export const ASSIGNMENTS_WITHOUT_SESSIONS = ASSIGNMENTS.replace('sessionStartedAt', '').replace('endsAt', '');
