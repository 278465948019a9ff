import { registerEnumType } from 'type-graphql';

export enum Verdict {
  HEALTHY = 'HEALTHY',
  FAULT = 'FAULT',
  INSUFFICIENT_DATA = 'INSUFFICIENT_DATA',
}
registerEnumType(Verdict, {
  name: 'Verdict',
  description: 'What a diagnosis comes to.',
  valuesConfig: {
    HEALTHY: { description: 'Nothing is wrong, as far as what was measured can tell.' },
    FAULT: { description: 'Something is wrong: the findings say what.' },
    INSUFFICIENT_DATA: { description: 'It cannot be told: what is missing is listed.' },
  },
});

export enum Feedback {
  CONFIRMED = 'CONFIRMED',
  NOT_A_PROBLEM = 'NOT_A_PROBLEM',
  OTHER_CAUSE = 'OTHER_CAUSE',
}
registerEnumType(Feedback, {
  name: 'Feedback',
  description: 'What a person says of a finding.',
  valuesConfig: {
    CONFIRMED: { description: 'It was so.' },
    NOT_A_PROBLEM: { description: 'There was nothing wrong.' },
    OTHER_CAUSE: { description: 'Something was wrong, but it was something else.' },
  },
});
