import { Arg, Ctx, Field, ID, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Session } from '../entities/session.js';
import { sessionOf } from '../services/session-control.js';

@ObjectType('Session', { description: "A person's sign-in, on one device." })
export class SessionView {
  @Field(() => ID, { description: 'UUIDv7; nothing of its secret can be learnt from it.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'Browser and system, as they said themselves.' })
  device!: string | null;

  @Field(() => String, { nullable: true, description: 'The IP address that it began from.' })
  remoteAddress!: string | null;

  @Field(() => Date, { description: 'When the person signed in.' })
  createdAt!: Date;

  @Field(() => Date, { description: 'When the person last did something by it, to the minute; what a page asks by itself does not count.' })
  lastUsedAt!: Date;

  @Field(() => Date, { description: 'When it ends if it is not used any more.' })
  expiresAt!: Date;

  @Field(() => Boolean, { description: 'Whether this request came by it.' })
  current!: boolean;
}

function viewOf(session: Session, context: Context): SessionView {
  const { handle, device, remoteAddress, createdAt, lastUsedAt } = session;
  const { sessions } = context.services;
  const view = {
    id: handle,
    device,
    remoteAddress,
    createdAt,
    lastUsedAt,
    expiresAt: sessions.endOf(session),
    current: session.id === sessionOf(context),
  };
  return Object.assign(new SessionView(), view);
}

const WHOSE = { nullable: true, description: 'Whose; left out: your own. Others: ADMIN.' } as const;

@Resolver()
export class SessionResolver {
  @Allow('VIEWER')
  @Query(() => [SessionView], { description: 'Where a person is signed in, the session used last first.' })
  async sessions(@Ctx() context: Context, @Arg('userId', () => ID, WHOSE) userId?: string | null): Promise<SessionView[]> {
    const found = await context.services.sessionControl.list(context, userId);
    return found.map((session) => viewOf(session, context));
  }

  @Allow('VIEWER')
  @Mutation(() => Boolean, {
    description: 'Ends one session; its sockets are closed. NOT_FOUND where it is not yours, unless you are ADMIN.',
  })
  async endSession(@Arg('id', () => ID, { description: 'Which session.' }) id: string, @Ctx() context: Context): Promise<boolean> {
    await context.services.sessionControl.end(context, id);
    return true;
  }

  @Allow('VIEWER')
  @Mutation(() => Int, { description: 'Ends all of your sessions but this one; returns how many there were.' })
  endOtherSessions(@Ctx() context: Context): Promise<number> {
    return context.services.sessionControl.endOthers(context);
  }

  @Allow('VIEWER')
  @Mutation(() => Int, { description: 'Signs out everywhere, here too: ends all sessions of a person; returns how many there were.' })
  async signOutEverywhere(@Ctx() context: Context, @Arg('userId', () => ID, WHOSE) userId?: string | null): Promise<number> {
    const ended = await context.services.sessionControl.endEverywhere(context, userId);
    const { identity, cookies } = context;
    if (identity.kind === 'user' && (userId ?? identity.user.id) === identity.user.id) cookies?.clearSession();
    return ended;
  }
}
