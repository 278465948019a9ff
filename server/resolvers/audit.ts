import { MaxLength } from 'class-validator';
import { Args, ArgsType, Ctx, Field, Query, Resolver } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { AuditEvent } from '../entities/audit-event.js';
import { auditFilter } from '../services/audit.js';
import { connectionType, pageById, PageArgs } from './connection.js';

const AuditEventConnection = connectionType('AuditEvent', AuditEvent);

@ArgsType()
class AuditArgs extends PageArgs {
  @MaxLength(200)
  @Field(() => String, { nullable: true, description: 'Only what this one did, written as in `actor`: user:NAME, token:NAME, agent:NAME.' })
  actor?: string | null;

  @MaxLength(100)
  @Field(() => String, { nullable: true, description: 'Only this action and those below it: login is login and login.refused.' })
  action?: string | null;

  @Field(() => Date, { nullable: true, description: 'Only what happened then or later.' })
  from?: Date | null;

  @Field(() => Date, { nullable: true, description: 'Only what happened before.' })
  to?: Date | null;
}

@Resolver()
export class AuditResolver {
  @Allow('ADMIN')
  @Query(() => AuditEventConnection, { description: 'What people, integrations and agents did or were refused, newest first.' })
  async auditEvents(@Args(() => AuditArgs) args: AuditArgs, @Ctx() { em }: Context): Promise<InstanceType<typeof AuditEventConnection>> {
    return new AuditEventConnection(await pageById(em, AuditEvent, auditFilter(args), args));
  }
}
