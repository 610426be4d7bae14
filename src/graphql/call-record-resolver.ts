import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Directive, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { requireRead, requireWrite } from '../auth/caller.js';
import {
  CallRecord,
  CallRecordImport,
  CreateCallRecordInput,
  ImportCallRecordsPayload,
} from '../domain/call-record.js';
import { fromImport } from '../domain/import-input.js';
import { importCost, pageCost } from '../domain/cost.js';
import { CallRecordConnection } from '../domain/page.js';
import { toCallRecord } from '../store/rows/row-mapping.js';
import { ReferenceResolver, type Representation } from '../subgraph/reference-resolver.js';
import { CallRecordsArgs, type CountedConnection, LIST_SIZE, refuse, toConnection, toListQuery } from './connection.js';
import type { GraphQLContext } from './context.js';
import { createRow } from './create.js';
import { Pace } from './pace.js';
import { columnsOf, LookAhead } from './look-ahead.js';

@Resolver(() => CallRecord)
export class CallRecordResolver {
  @Query(() => CallRecord, {
    nullable: true,
    description: 'One record by id; null when there is none, or none that the caller may see.',
  })
  async callRecord(
    @Arg('id', () => ID, { description: 'Ids compare without regard to case.' }) id: string,
    @Ctx() context: GraphQLContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CallRecord | null> {
    requireRead(context.caller);
    await context.spend(1);
    return context.loaders.record(id, columnsOf(LookAhead.of(info)));
  }

  @ReferenceResolver(() => CallRecord)
  async references(
    @Root() references: readonly Representation<{ id: string }>[],
    @Ctx() context: GraphQLContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<(CallRecord | null)[]> {
    requireRead(context.caller);
    await context.spend(pageCost(references.length));
    const ids = references.map(({ id }) => id);
    return context.loaders.records(ids, columnsOf(LookAhead.of(info, 'CallRecord')));
  }

  @Query(() => CallRecordConnection, {
    description: 'Records that match the filter, a page at a time; a deep page costs what the first one costs.',
  })
  @Directive(LIST_SIZE)
  callRecords(
    @Args(() => CallRecordsArgs) args: CallRecordsArgs,
    @Ctx() context: GraphQLContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<CountedConnection> {
    const connection = () => callRecordsOf(args, context, info);
    return context.budget?.field(connection) ?? connection();
  }

  @Mutation(() => CallRecord, {
    description:
      "Creates one record: id and lastModifiedDateTime are the server's. The same idempotencyKey with the same input returns the record first created; with another input it is a CONFLICT. Needs the role CallRecords.ReadWrite.All.",
  })
  @Directive('@cost(weight: 10)')
  async createCallRecord(
    @Arg('input', () => CreateCallRecordInput, { description: 'The record; every violation in it is told at once.' })
    input: CreateCallRecordInput,
    @Arg('idempotencyKey', () => String, {
      nullable: true,
      description: 'Of your choosing, 1 to 255 characters: makes repeating this create harmless, for good.',
    })
    idempotencyKey: string | null,
    @Ctx() context: GraphQLContext,
  ): Promise<CallRecord> {
    return toCallRecord(await createRow({ input, idempotencyKey }, context));
  }

  @Mutation(() => ImportCallRecordsPayload, {
    description:
      'Records that already exist elsewhere (Microsoft Graph): ids and versions are kept. A higher version supersedes, a lower one changes nothing, the same one only completes parts that were missing (participants, sessions), counted as updated. All or none; needs the role CallRecords.ReadWrite.All.',
  })
  @Directive('@cost(weight: 100)')
  @Directive('@tag(name: "administration")')
  async importCallRecords(
    @Arg('records', () => [CallRecordImport], {
      description: 'Up to 1,000 records, unless the server sets another limit; one id may come several times.',
    })
    records: CallRecordImport[],
    @Ctx() context: GraphQLContext,
  ): Promise<ImportCallRecordsPayload> {
    requireWrite(context.caller);
    const { maxImportRecords } = context.limits;
    if (records.length > maxImportRecords)
      refuse(['records'], 'maximum', `Must not hold more than ${maxImportRecords} records.`);
    await context.spend(importCost(records.length));
    const outcomes = await context.store.import(fromImport(records, ['records']));
    const payload = { created: 0, updated: 0, unchanged: 0 };
    for (const outcome of outcomes) payload[outcome] += 1;
    return payload;
  }

  @Mutation(() => ID, {
    nullable: true,
    description:
      'Deletes one record: the id deleted, null when there was none. Needs the role CallRecords.ReadWrite.All.',
  })
  @Directive('@cost(weight: 10)')
  @Directive('@tag(name: "administration")')
  async deleteCallRecord(
    @Arg('id', () => ID, { description: 'Ids compare without regard to case.' }) id: string,
    @Ctx() context: GraphQLContext,
  ): Promise<string | null> {
    requireWrite(context.caller);
    await context.spend(1);
    const key = id.toLowerCase();
    return (await context.store.delete(key)) ? key : null;
  }
}

async function callRecordsOf(
  args: CallRecordsArgs,
  context: GraphQLContext,
  info: GraphQLResolveInfo,
): Promise<CountedConnection> {
  requireRead(context.caller);
  const list = toListQuery(args, context, info);
  await context.spend(pageCost(list.page.limit));
  await Pace.shared.admit(list.page.limit);
  const page = await context.store.list(list);
  context.budget?.reach(page.records.length);
  return toConnection(page, {
    list,
    info,
    hasOutside: (edge) => context.store.hasOutside(list, edge),
    count: () => context.store.count(list),
  });
}

@Resolver(() => CallRecordConnection)
export class CallRecordConnectionResolver {
  @FieldResolver(() => Int, { description: 'How many records match in all; counted only when asked for.' })
  totalCount(@Root() connection: CountedConnection, @Ctx() { budget }: GraphQLContext): Promise<number> {
    return budget?.field(connection.count) ?? connection.count();
  }
}
