import { Arg, Ctx, Field, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Json } from '../scalars.js';
import type { SettingView } from '../services/settings/settings.js';

@ObjectType('SystemSetting', { description: 'A setting of the whole installation.' })
class SystemSettingType implements Pick<SettingView, 'updatedAt' | 'updatedBy' | 'title' | 'description' | 'value' | 'defaultValue'> {
  @Field(() => String, { description: 'Its name, like `retention.resultDays`.' })
  key!: string;

  @Field(() => Json, { description: 'The value that holds now.' })
  value!: unknown;

  @Field(() => Json, { description: 'The value that holds where nobody set one.' })
  defaultValue!: unknown;

  @Field(() => String, { description: 'What people call it.' })
  title!: string;

  @Field(() => String, { description: 'What it does, with its unit.' })
  description!: string;

  @Field(() => Json, { description: 'JSON Schema of the values that it takes.' })
  schema!: object;

  @Field(() => Date, { description: 'When it was set; of a default: when this server, which brought it, was started.' })
  updatedAt!: Date;

  @Field(() => String, { nullable: true, description: 'Who set it; null where it has its default.' })
  updatedBy!: string | null;
}

@Resolver()
export class SettingsResolver {
  @Allow('ADMIN')
  @Query(() => [SystemSettingType], { description: 'The settings of the whole installation.' })
  systemSettings(@Ctx() { em, services }: Context): Promise<SystemSettingType[]> {
    return services.settings.list(em);
  }

  @Allow('ADMIN')
  @Mutation(() => SystemSettingType, {
    description:
      'Sets a setting: in force at once, without a restart. BAD_USER_INPUT where there is none with this key, or the value is not allowed.',
  })
  setSystemSetting(
    @Arg('key', () => String, { description: 'Which setting.' }) key: string,
    @Arg('value', () => Json, { description: 'The value that it shall have.' }) value: unknown,
    @Ctx() context: Context,
  ): Promise<SystemSettingType> {
    return context.services.settings.set(context, key, value);
  }
}
