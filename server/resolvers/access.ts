import { Ctx, Query, Resolver } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { User } from '../entities/user.js';

@Resolver()
export class AccessResolver {
  @Allow('ANYONE')
  @Query(() => User, { nullable: true, description: 'The person who is signed in; null without a session.' })
  me(@Ctx() { identity }: Context): User | null {
    return identity.kind === 'user' ? identity.user : null;
  }

  @Allow('ANYONE')
  @Query(() => Boolean, { description: 'True until the first administrator exists.' })
  async setUpRequired(@Ctx() { em }: Context): Promise<boolean> {
    return (await em.count(User)) === 0;
  }
}
