import { IsEmail } from 'class-validator';
import { Arg, Ctx, Extensions, Field, FieldResolver, ID, InputType, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Allow } from '../authorize.js';
import { renewSession, type Context } from '../context.js';
import { Role } from '../entities/enums.js';
import { User } from '../entities/user.js';
import { roleOf } from '../identity.js';

@InputType({ description: 'A person to let in.' })
export class UserInput {
  @Field(() => String, { description: 'The name to sign in with; unique without regard to case.' })
  username!: string;

  @Field(() => String, { description: 'At least 10 characters, and none of the common ones.' })
  password!: string;

  @IsEmail()
  @Field(() => String, { nullable: true, description: 'Where reports and alerts can be sent.' })
  email?: string | null;

  @Field(() => Role, { description: 'What the person may do.' })
  role!: Role;
}

@InputType({ description: 'What to change of a person; what is left out stays.' })
export class UserUpdateInput {
  @IsEmail()
  @Field(() => String, { nullable: true, description: 'Where reports and alerts can be sent; null: nowhere.' })
  email?: string | null;

  @Field(() => Role, { nullable: true, description: 'What the person may do.' })
  role?: Role | null;

  @Field(() => Boolean, { nullable: true, description: 'False: the person cannot sign in.' })
  active?: boolean | null;

  @Field(() => String, { nullable: true, description: 'A new password, given by an administrator.' })
  password?: string | null;
}

/** Others see who did something, not how to reach them or when they come and go. */
function mayKnow({ identity }: Context, user: User): boolean {
  const isOwn = (identity.kind === 'user' || identity.kind === 'developer') && identity.user.id === user.id;
  return isOwn || roleOf(identity) === Role.ADMIN;
}

const OWN_OR_ADMIN = { allow: ['OWN', 'ADMIN'] };

@Resolver(() => User)
export class UserResolver {
  @Extensions(OWN_OR_ADMIN)
  @FieldResolver(() => String, {
    nullable: true,
    description: 'Where reports and alerts can be sent; null to others than the person and administrators.',
  })
  email(@Root() user: User, @Ctx() context: Context): string | null {
    return mayKnow(context, user) ? user.email : null;
  }

  @Extensions(OWN_OR_ADMIN)
  @FieldResolver(() => Date, { nullable: true, description: 'The newest sign-in; null to others than the person and administrators.' })
  lastLoginAt(@Root() user: User, @Ctx() context: Context): Date | null {
    return mayKnow(context, user) ? user.lastLoginAt : null;
  }

  @Allow('ADMIN')
  @Query(() => [User], { description: 'Everybody who can sign in, or could; by name.' })
  users(@Ctx() { em, services }: Context): Promise<User[]> {
    return services.users.list(em);
  }

  @Allow('ADMIN')
  @Mutation(() => User, { description: 'Lets a person in.' })
  createUser(@Arg('input', () => UserInput, { description: 'The person.' }) input: UserInput, @Ctx() context: Context): Promise<User> {
    return context.services.users.create(context, input);
  }

  @Allow('ADMIN')
  @Mutation(() => User, { description: "Changes a person. A new role or password, or being switched off, ends the person's sessions." })
  async updateUser(
    @Arg('id', () => ID, { description: 'Which person.' }) id: string,
    @Arg('input', () => UserUpdateInput, { description: 'What to change.' }) input: UserUpdateInput,
    @Ctx() context: Context,
  ): Promise<User> {
    const user = await context.services.users.update(context, id, input);
    if (context.identity.kind === 'user' && context.identity.user.id === id) await renewSession(context);
    return user;
  }

  @Allow('ADMIN')
  @Mutation(() => Boolean, { description: 'Lets a person go: no sign-in any more, but what they made still names them.' })
  async deleteUser(@Arg('id', () => ID, { description: 'Which person.' }) id: string, @Ctx() context: Context): Promise<boolean> {
    await context.services.users.remove(context, id);
    return true;
  }
}
