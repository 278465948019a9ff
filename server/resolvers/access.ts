import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { Allow } from '../authorize.js';
import { renewSession, requireHttp, type Context, type CookieJar } from '../context.js';
import { User } from '../entities/user.js';
import { forbidden } from '../errors.js';
import { NOBODY } from '../identity.js';
import { hashSecret } from '../secrets.js';
import type { SignedIn } from '../services/access.js';

function signedIn(context: Context, cookies: CookieJar, { user, session }: SignedIn): User {
  cookies.setSession(session.secret, session.expiresAt);
  context.identity = { kind: 'user', user, sessionId: hashSecret(session.secret) };
  return user;
}

@Resolver()
export class AccessResolver {
  @Allow('ANYONE')
  @Query(() => User, {
    nullable: true,
    description: 'The person who is signed in; null without a session. In development without login: a stand-in.',
  })
  me(@Ctx() { identity }: Context): User | null {
    return identity.kind === 'user' || identity.kind === 'developer' ? identity.user : null;
  }

  @Allow('ANYONE')
  @Query(() => Boolean, { description: 'True until the first administrator exists.' })
  async setUpRequired(@Ctx() { em, services }: Context): Promise<boolean> {
    return !services.config.devWithoutLogin && (await services.setUp.required(em));
  }

  @Allow('VIEWER')
  @Query(() => Boolean, {
    description: 'True where everyone on the machine is administrator without signing in: development, on loopback only.',
  })
  developmentMode(@Ctx() { services }: Context): boolean {
    return services.config.devWithoutLogin;
  }

  @Allow('ANYONE')
  @Mutation(() => User, {
    description: 'Creates the first administrator, with the one-time token of the set-up link, and signs in. Over HTTP only.',
  })
  async setUp(
    @Arg('token', () => String, { description: 'The token of the set-up link.' }) token: string,
    @Arg('username', () => String, { description: 'The name to sign in with.' }) username: string,
    @Arg('password', () => String, { description: 'At least 10 characters, and none of the common ones.' }) password: string,
    @Ctx() context: Context,
  ): Promise<User> {
    const cookies = requireHttp(context, 'setUp');
    return signedIn(context, cookies, await context.services.access.setUp(context, token, { username, password }));
  }

  @Allow('ANYONE')
  @Mutation(() => User, { description: 'Signs in: sets an HttpOnly session cookie. Over HTTP only.' })
  async login(
    @Arg('username', () => String, { description: 'The name of the account.' }) username: string,
    @Arg('password', () => String, { description: 'Its password.' }) password: string,
    @Ctx() context: Context,
  ): Promise<User> {
    const cookies = requireHttp(context, 'login');
    return signedIn(context, cookies, await context.services.access.login(context, { username, password }));
  }

  @Allow('ANYONE')
  @Mutation(() => Boolean, { description: 'Ends the session; true also where there was none. Over HTTP only.' })
  async logout(@Ctx() context: Context): Promise<boolean> {
    const cookies = requireHttp(context, 'logout');
    await context.services.access.logout(context);
    cookies.clearSession();
    context.identity = NOBODY;
    return true;
  }

  @Allow('VIEWER')
  @Mutation(() => Boolean, {
    description: "Changes one's own password. Every other session of the person ends, and this one gets a new secret (over HTTP).",
  })
  async changePassword(
    @Arg('current', () => String, { description: 'The password as it is.' }) current: string,
    @Arg('next', () => String, { description: 'The password as it shall be: at least 10 characters, and none of the common ones.' })
    next: string,
    @Ctx() context: Context,
  ): Promise<boolean> {
    const { identity, services } = context;
    if (identity.kind !== 'user') {
      await services.refusals.denied(context, 'Mutation.changePassword');
      throw forbidden('Only a person who is signed in has a password.');
    }
    await services.access.changePassword(context, identity.user, current, next);
    await renewSession(context);
    return true;
  }
}
