import { Arg, Args, Ctx, Field, ID, InputType, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Report } from '../entities/report.js';
import type { Topics } from '../pubsub.js';
import type { ReportSpec } from '../services/reports/reports.js';
import { connectionType, pageById, PageArgs } from './connection.js';
import { listen } from './listen.js';

const ReportConnection = connectionType('Report', Report);

@InputType({ description: 'What a report is to be about.' })
class ReportInput implements ReportSpec {
  @Field(() => String, { nullable: true, description: 'What stands on its first page.' })
  title?: string | null;

  @Field(() => [ID], { description: 'Which tests.' })
  testIds!: string[];

  @Field(() => [ID], { nullable: true, description: 'Which agents; left out: all of the tests.' })
  agentIds?: string[] | null;

  @Field(() => Date, { description: 'From when on.' })
  from!: Date;

  @Field(() => Date, { description: 'Until when.' })
  to!: Date;

  @Field(() => [String], { nullable: true, description: 'Which parts it shall have; left out: all.' })
  sections?: string[] | null;
}

@Resolver(() => Report)
export class ReportResolver {
  @Allow('VIEWER')
  @Query(() => Report, { nullable: true, description: 'One report; NOT_FOUND where there is none.' })
  report(@Arg('id', () => ID, { description: 'Which report.' }) id: string, @Ctx() { em, services }: Context): Promise<Report> {
    return services.reports.get(em, id);
  }

  @Allow('VIEWER')
  @Query(() => ReportConnection, { description: 'The reports that were asked for, newest first.' })
  async reports(@Args(() => PageArgs) args: PageArgs, @Ctx() { em }: Context): Promise<InstanceType<typeof ReportConnection>> {
    return new ReportConnection(await pageById(em, Report, {}, args));
  }

  @Allow('OPERATOR')
  @Mutation(() => Report, {
    description:
      'Asks for a report (PDF); follow it with reportChanged. BAD_USER_INPUT names what is wrong with the order. This version cannot print yet: the order is kept with status FAILED, and its error says so.',
  })
  createReport(
    @Arg('input', () => ReportInput, { description: 'What it is to be about.' }) input: ReportInput,
    @Ctx() context: Context,
  ): Promise<Report> {
    return context.services.reports.create(context, input);
  }

  @Allow('OPERATOR')
  @Mutation(() => Boolean, { description: 'Removes a report; NOT_FOUND where there is none.' })
  async deleteReport(@Arg('id', () => ID, { description: 'Which report.' }) id: string, @Ctx() context: Context): Promise<boolean> {
    await context.services.reports.remove(context, id);
    return true;
  }

  @Allow('VIEWER')
  @Subscription(() => Report, {
    description: 'A report came further. Begins with the report as it is; NOT_FOUND where there is none.',
    subscribe: ({ context, args }) => reportEvents(context as Context, String(args.id)),
  })
  reportChanged(
    @Root() { reportId }: Topics['reportChanged'],
    @Ctx() { em, services }: Context,
    @Arg('id', () => ID, { description: 'Which report.' }) _id: string,
  ): Promise<Report> {
    return services.reports.get(em, reportId);
  }
}

function reportEvents(context: Context, id: string): AsyncIterable<Topics['reportChanged']> {
  return listen(context, 'reportChanged', ({ reportId }) => reportId === id, [{ reportId: id }]);
}
