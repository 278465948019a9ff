import { Args, Ctx, Query, Resolver } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { AuditEvent } from '../entities/audit-event.js';
import { connectionType, pageById, PageArgs } from './connection.js';

const AuditEventConnection = connectionType('AuditEvent', AuditEvent);

@Resolver()
export class AuditResolver {
  @Allow('ADMIN')
  @Query(() => AuditEventConnection, { description: 'What people, integrations and agents did or were refused, newest first.' })
  async auditEvents(@Args(() => PageArgs) page: PageArgs, @Ctx() { em }: Context): Promise<InstanceType<typeof AuditEventConnection>> {
    return new AuditEventConnection(await pageById(em, AuditEvent, {}, page));
  }
}
