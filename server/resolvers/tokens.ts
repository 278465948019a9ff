import { IsInt, Length, Max, MaxLength, Min } from 'class-validator';
import { Arg, Args, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Agent } from '../entities/agent.js';
import { ApiToken } from '../entities/api-token.js';
import { Role, TokenKind, TokenStatus } from '../entities/enums.js';
import { tokenStatus, type Issued } from '../services/tokens.js';
import { connectionType, pageById, PageArgs } from './connection.js';
import { loadersOf } from './loaders.js';

const ApiTokenConnection = connectionType('ApiToken', ApiToken);

@ObjectType({ description: 'A token whose secret was just made.' })
export class IssuedToken implements Issued {
  @Field(() => ApiToken, { description: 'The token.' })
  token!: ApiToken;

  @Field(() => String, { description: 'The secret, shown this once; only its hash is kept.' })
  secret!: string;
}

@InputType({ description: 'A token to make.' })
export class ApiTokenInput {
  @Length(1, 100)
  @Field(() => String, { description: 'What people call it.' })
  name!: string;

  @MaxLength(1000)
  @Field(() => String, { nullable: true, description: 'What it is for.' })
  description?: string | null;

  @Field(() => TokenKind, { description: 'What it can be used for.' })
  kind!: TokenKind;

  @Field(() => Role, { nullable: true, description: 'What an API token may do; not for ENROLLMENT.' })
  role?: Role | null;

  @Field(() => Date, { nullable: true, description: 'When it stops to work; left out: never.' })
  expiresAt?: Date | null;

  @IsInt()
  @Min(1)
  @Max(100_000)
  @Field(() => Int, { nullable: true, defaultValue: 1, description: 'How many agents an ENROLLMENT token may register; null: any number.' })
  maxUses?: number | null;
}

@Resolver(() => ApiToken)
export class TokenResolver {
  @Allow('ADMIN')
  @Query(() => ApiTokenConnection, { description: 'The tokens, revoked and expired ones too, newest first.' })
  async apiTokens(@Args(() => PageArgs) page: PageArgs, @Ctx() { em }: Context): Promise<InstanceType<typeof ApiTokenConnection>> {
    return new ApiTokenConnection(await pageById(em, ApiToken, {}, page));
  }

  @Allow('ADMIN')
  @Mutation(() => IssuedToken, { description: 'Makes a token. Its secret is shown this once.' })
  createApiToken(
    @Arg('input', () => ApiTokenInput, { description: 'The token to make.' }) input: ApiTokenInput,
    @Ctx() context: Context,
  ): Promise<IssuedToken> {
    return context.services.tokens.create(context, input);
  }

  @Allow('ADMIN')
  @Mutation(() => ApiToken, { description: "Changes a token's name or description." })
  updateApiToken(
    @Arg('id', () => ID, { description: 'Which token.' }) id: string,
    @Ctx() context: Context,
    @Arg('name', () => String, { nullable: true, description: 'Its new name; left out: as it is.' }) name?: string | null,
    @Arg('description', () => String, { nullable: true, description: 'Its new description; left out: as it is; null: none.' })
    description?: string | null,
  ): Promise<ApiToken> {
    return context.services.tokens.update(context, id, { name, description });
  }

  @Allow('ADMIN')
  @Mutation(() => ApiToken, { description: 'Ends a token at once. Agents that it registered stay.' })
  revokeApiToken(@Arg('id', () => ID, { description: 'Which token.' }) id: string, @Ctx() context: Context): Promise<ApiToken> {
    return context.services.tokens.revoke(context, id);
  }

  @Allow('ADMIN')
  @Mutation(() => IssuedToken, { description: 'Gives a token a new secret; the old one stops at once, and its uses count from 0 again.' })
  regenerateApiToken(@Arg('id', () => ID, { description: 'Which token.' }) id: string, @Ctx() context: Context): Promise<IssuedToken> {
    return context.services.tokens.regenerate(context, id);
  }

  @FieldResolver(() => TokenStatus, { description: 'Whether it can still be used.' })
  status(@Root() token: ApiToken): TokenStatus {
    return tokenStatus(token);
  }

  @FieldResolver(() => [Agent], { description: 'The agents that it registered and that are still there.' })
  agents(@Root() token: ApiToken, @Ctx() context: Context): Promise<Agent[]> {
    return loadersOf(context).tokenAgents.load(token.id);
  }
}
