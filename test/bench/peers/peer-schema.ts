import 'reflect-metadata';
import DataLoader from 'dataloader';
import type Database from 'better-sqlite3';
import type { GraphQLSchema } from 'graphql';
import {
  Arg,
  buildSchema,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { type PeerRow, type PeerSet, recordInserter, recordReader, toPeerRecord } from './peer-file.js';

@ObjectType()
@InputType('IdentityInput')
class Identity {
  @Field(() => ID, { nullable: true }) id!: string | null;
  @Field(() => String, { nullable: true }) displayName!: string | null;
  @Field(() => String, { nullable: true }) tenantId!: string | null;
}

@ObjectType()
@InputType('IdentitySetInput')
class IdentitySet {
  @Field(() => Identity, { nullable: true }) user?: Identity;
  @Field(() => Identity, { nullable: true }) phone?: Identity;
  @Field(() => Identity, { nullable: true }) guest?: Identity;
}

@ObjectType()
class CallRecord {
  @Field(() => ID) id!: string;
  @Field(() => Int) version!: number;
  @Field(() => String) type!: string;
  @Field(() => [String]) modalities!: string[];
  @Field(() => Date) startDateTime!: Date;
  @Field(() => Date) endDateTime!: Date;
  @Field(() => Float) durationSeconds!: number;
  @Field(() => Date) lastModifiedDateTime!: Date;
  @Field(() => String, { nullable: true }) joinWebUrl!: string | null;
  @Field(() => Int) participantCount!: number;
}

/** The same with text dates, plain fields, and everybody in a JSON column: as one writes it the second time. */
@ObjectType('CallRecord', { simpleResolvers: true })
class TunedCallRecord {
  @Field(() => ID) id!: string;
  @Field(() => Int) version!: number;
  @Field(() => String) type!: string;
  @Field(() => [String]) modalities!: string[];
  @Field(() => String) startDateTime!: string;
  @Field(() => String) endDateTime!: string;
  @Field(() => Float) durationSeconds!: number;
  @Field(() => String) lastModifiedDateTime!: string;
  @Field(() => String, { nullable: true }) joinWebUrl!: string | null;
  @Field(() => Int) participantCount!: number;
  @Field(() => IdentitySet, { nullable: true }) organizer!: PeerSet | null;
  @Field(() => [IdentitySet]) participants!: PeerSet[];
}

@ObjectType()
class PageInfo {
  @Field(() => Boolean) hasNextPage!: boolean;
  @Field(() => String, { nullable: true }) endCursor!: string | null;
}

@InputType()
class CreateCallRecordInput {
  @Field(() => Int) version!: number;
  @Field(() => String) type!: string;
  @Field(() => [String]) modalities!: string[];
  @Field(() => String) startDateTime!: string;
  @Field(() => String) endDateTime!: string;
  @Field(() => String, { nullable: true }) joinWebUrl!: string | null;
  @Field(() => IdentitySet) organizer!: PeerSet;
  @Field(() => [IdentitySet]) participants!: PeerSet[];
}

interface Context {
  people?: DataLoader<string, Participants>;
}
interface Participants {
  organizer: PeerSet | null;
  participants: PeerSet[];
}

interface Wiring {
  database: Database.Database;
  tuned: boolean;
}

const toRecord = (row: PeerRow): CallRecord => ({
  id: row.id,
  version: row.version,
  type: row.type,
  modalities: JSON.parse(row.modalities) as string[],
  startDateTime: new Date(row.start),
  endDateTime: new Date(row.end),
  durationSeconds: row.duration,
  lastModifiedDateTime: new Date(row.last_modified),
  joinWebUrl: row.join_web_url,
  participantCount: row.participant_count,
});
const toTunedRecord = (row: PeerRow): TunedCallRecord => ({
  ...toRecord(row),
  startDateTime: row.start,
  endDateTime: row.end,
  lastModifiedDateTime: row.last_modified,
  organizer: JSON.parse(row.organizer ?? 'null') as PeerSet | null,
  participants: JSON.parse(row.participants) as PeerSet[],
});

/** The peers' schema over their file. */
export function buildPeerSchema({ database, tuned }: Wiring): Promise<GraphQLSchema> {
  const Call: typeof CallRecord | typeof TunedCallRecord = tuned ? TunedCallRecord : CallRecord;
  const convert: (row: PeerRow) => object = tuned ? toTunedRecord : toRecord;
  const read = recordReader(database);
  const insert = database.transaction(recordInserter(database, { json: tuned, normalised: !tuned }));

  @ObjectType()
  class Connection {
    @Field(() => [Call]) nodes!: object[];
    @Field(() => PageInfo) pageInfo!: PageInfo;
  }

  @Resolver(() => Connection)
  class ConnectionResolver {
    @FieldResolver(() => Int)
    totalCount(): number {
      return read.count();
    }
  }

  @Resolver(() => Call)
  class CallRecordResolver {
    @Query(() => Call, { nullable: true })
    callRecord(@Arg('id', () => ID) id: string): object | null {
      const row = read.one(id);
      return row ? convert(row) : null;
    }

    @Query(() => Connection)
    callRecords(
      @Arg('first', () => Int) first: number,
      @Arg('after', () => String, { nullable: true }) after: string | null,
      @Arg('participant', () => ID, { nullable: true }) participant: string | null,
    ): Connection {
      const position = after?.split('|') as [string, string] | undefined;
      const rows = participant ? read.ofUser(participant, first + 1) : read.page(first + 1, position);
      const last = rows.slice(0, first).at(-1);
      return {
        nodes: rows.slice(0, first).map(convert),
        pageInfo: { hasNextPage: rows.length > first, endCursor: last ? `${last.start}|${last.id}` : null },
      };
    }

    @Query(() => [Call], { nullable: 'items' })
    entities(@Arg('ids', () => [ID]) ids: string[]): (object | null)[] {
      const byId = new Map(read.many(ids).map((row) => [row.id, convert(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    }

    @Mutation(() => Call)
    createCallRecord(@Arg('input', () => CreateCallRecordInput) input: CreateCallRecordInput): object {
      const record = toPeerRecord(input);
      insert.immediate(record);
      if (tuned) return record;
      return { ...record, lastModifiedDateTime: new Date(record.lastModifiedDateTime) };
    }
  }

  @Resolver(() => CallRecord)
  class PeopleResolver {
    @FieldResolver(() => IdentitySet, { nullable: true })
    async organizer(@Root() record: CallRecord, @Ctx() context: Context): Promise<PeerSet | null> {
      return (await peopleOf(context, database).load(record.id)).organizer;
    }

    @FieldResolver(() => [IdentitySet])
    async participants(@Root() record: CallRecord, @Ctx() context: Context): Promise<PeerSet[]> {
      return (await peopleOf(context, database).load(record.id)).participants;
    }
  }

  return buildSchema({
    resolvers: tuned
      ? [CallRecordResolver, ConnectionResolver]
      : [CallRecordResolver, ConnectionResolver, PeopleResolver],
    validate: false,
  });
}

interface ParticipantRow {
  record_id: string;
  position: number;
  kind: string;
  identity_id: string | null;
  display_name: string | null;
  tenant_id: string | null;
}

function peopleOf(context: Context, database: Database.Database): DataLoader<string, Participants> {
  context.people ??= new DataLoader(async (ids) => {
    const rows = database
      .prepare<[string], ParticipantRow>(
        'select * from participants where record_id in (select value from json_each(?)) order by record_id, position',
      )
      .all(JSON.stringify(ids));
    const people = new Map<string, Participants>(ids.map((id) => [id, { organizer: null, participants: [] }]));
    for (const row of rows) {
      const of = people.get(row.record_id) as Participants;
      const set = { [row.kind]: { id: row.identity_id, displayName: row.display_name, tenantId: row.tenant_id } };
      if (row.position < 0) of.organizer = set;
      else of.participants.push(set);
    }
    return ids.map((id) => people.get(id) as Participants);
  });
  return context.people;
}
