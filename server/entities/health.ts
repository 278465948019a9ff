import { Field, Float, ObjectType, registerEnumType } from 'type-graphql';

export enum HealthLevel {
  EXCELLENT = 'EXCELLENT',
  GOOD = 'GOOD',
  FAIR = 'FAIR',
  POOR = 'POOR',
  CRITICAL = 'CRITICAL',
  UNKNOWN = 'UNKNOWN',
}
registerEnumType(HealthLevel, {
  name: 'HealthLevel',
  description: 'How well objectives are met.',
  valuesConfig: {
    EXCELLENT: { description: 'All are met with room to spare.' },
    GOOD: { description: 'All are met.' },
    FAIR: { description: 'One is missed by a little.' },
    POOR: { description: 'One is missed clearly.' },
    CRITICAL: { description: 'One is missed so far that the service is not usable.' },
    UNKNOWN: { description: 'There is too little to judge by.' },
  },
});

@ObjectType({ description: 'A judgement; the level is that of the worst objective.' })
export class Health {
  @Field(() => HealthLevel, { description: 'The level of the worst objective.' })
  level!: HealthLevel;

  @Field(() => Float, { description: '0 to 100. With the level UNKNOWN it is 0 and means nothing.' })
  score!: number;

  @Field(() => [String], { description: 'What decided it.' })
  reasons!: string[];
}
