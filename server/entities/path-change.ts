import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Path } from './path.js';

export enum PathChangeKind {
  HOP_REPLACED = 'HOP_REPLACED',
  LENGTH = 'LENGTH',
  ECMP_WIDTH = 'ECMP_WIDTH',
  UNREACHABLE = 'UNREACHABLE',
  LOOP = 'LOOP',
  MTU = 'MTU',
  MARKING = 'MARKING',
}
registerEnumType(PathChangeKind, {
  name: 'PathChangeKind',
  description: 'What is different about a path.',
  valuesConfig: {
    HOP_REPLACED: { description: 'Another node answers at a step.' },
    LENGTH: { description: 'It has more or fewer steps.' },
    ECMP_WIDTH: { description: 'Traffic is spread over more or fewer nodes.' },
    UNREACHABLE: { description: 'The target does not answer any more.' },
    LOOP: { description: 'A node comes twice.' },
    MTU: { description: 'Another MTU is announced.' },
    MARKING: { description: 'DSCP or ECN is changed at another step.' },
  },
});

@ObjectType({ description: 'Packets from an agent to a target take another way than before.' })
export class PathChange {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field(() => Date, { description: 'When it was noticed.' })
  at!: Date;

  @Field(() => PathChangeKind, { description: 'What is different.' })
  kind!: PathChangeKind;

  @Field(() => Path, { nullable: true, description: 'The way before; null where none was known.' })
  before!: Path | null;

  @Field(() => Path, { description: 'The way now.' })
  after!: Path;

  @Field(() => Int, { description: 'The first step that is different.' })
  firstChangedTtl!: number;
}
