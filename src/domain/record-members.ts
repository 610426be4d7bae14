import { formatDateTime, toSeconds, type UtcText } from './date-time.js';
import { CallType, Modality, toKnownMember, toKnownMembers } from './enums.js';

/** The value of a column as a database returns it: 64-bit integers are text. */
export type AsRead<Column> = Column extends bigint ? string : Column;

/** How a kind of value is stored in a column, and written in Graph's JSON. */
interface Kind<Value, Column> {
  name: 'guid' | 'version' | 'DateTimeOffset' | 'text' | 'member' | 'members';
  isNullable?: true;
  /** The members of an evolvable enumeration in this version. */
  known?: Record<string, string>;
  toColumn(value: Value): Column;
  fromColumn(stored: AsRead<Column>): Value;
  toGraph(value: Value): unknown;
  /** The value for clients of this schema: a member that this version does not know becomes `unknownFutureValue`. */
  toKnown(value: Value): unknown;
}

const same = <Value>(value: Value): Value => value;

/** Text, stored unchanged. */
const text = { toColumn: same<string>, fromColumn: same<string>, toGraph: same<string>, toKnown: same<string> };
const nullable = text as unknown as Omit<Kind<string | null, string | null>, 'name'>;

const KINDS = {
  guid: { name: 'guid', ...text } satisfies Kind<string, string>,
  text: { name: 'text', ...nullable, isNullable: true } satisfies Kind<string | null, string | null>,
  dateTime: { name: 'DateTimeOffset', ...text, toGraph: formatDateTime } satisfies Kind<UtcText, UtcText>,
  version: {
    name: 'version',
    toColumn: same<bigint>,
    fromColumn: (digits: string) => BigInt(digits),
    toGraph: same<bigint>,
    toKnown: same<bigint>,
  } satisfies Kind<bigint, bigint>,
} as const;

type Evolving<Name, Member> = { name: Name; known: Record<string, Member> };

function memberOf<Member extends string>(
  known: Record<string, Member>,
): Kind<string, string> & Evolving<'member', Member> {
  return { name: 'member', known, ...text, toKnown: (member) => toKnownMember(known, member) };
}

function membersOf<Member extends string>(
  known: Record<string, Member>,
): Kind<string[], string> & Evolving<'members', Member> {
  return {
    name: 'members',
    known,
    toColumn: (members) => JSON.stringify(members),
    fromColumn: (stored) => JSON.parse(stored) as string[],
    toGraph: same,
    toKnown: (members) => toKnownMembers(known, members),
  };
}

/**
 * The members of Graph's callRecord that have columns, under their names in Graph and GraphQL. `isOptional`: a copy of
 * a record may lack the member, which then says nothing about it.
 */
export const MEMBERS = {
  id: { column: 'id', kind: KINDS.guid },
  version: { column: 'version', kind: KINDS.version },
  type: { column: 'type', kind: memberOf(CallType), isOptional: true },
  modalities: { column: 'modalities', kind: membersOf(Modality), isOptional: true },
  startDateTime: { column: 'start_date_time', kind: KINDS.dateTime },
  endDateTime: { column: 'end_date_time', kind: KINDS.dateTime },
  lastModifiedDateTime: { column: 'last_modified_date_time', kind: KINDS.dateTime, isOptional: true },
  joinWebUrl: { column: 'join_web_url', kind: KINDS.text, isOptional: true },
} as const;

type Members = typeof MEMBERS;
export type MemberName = keyof Members;
type ValueOf<Member> = Member extends { kind: Kind<infer Value, infer _Column> } ? Value : never;
type ColumnOf<Member> = Member extends { kind: Kind<infer _Value, infer Column> } ? Column : never;

/** The form of a kind in the JSON for clients of this schema. */
type WireOf<Of> =
  Of extends Evolving<'members', infer Member>
    ? Member[]
    : Of extends Evolving<'member', infer Member>
      ? Member
      : Of extends { name: 'version' }
        ? number
        : Of extends { name: 'text' }
          ? string | null
          : string;
export type WireMembers = { [Name in MemberName]: WireOf<Members[Name]['kind']> };

/** The members of a record, as the source sent them. */
export type RecordMembers = { [Name in MemberName]: ValueOf<Members[Name]> };
/** The columns of the members, as they are stored. */
export type MemberColumns = { [Name in MemberName as Members[Name]['column']]: ColumnOf<Members[Name]> };
/** The members that a copy of a record may lack. */
export type OptionalMemberName = {
  [Name in MemberName]: Members[Name] extends { isOptional: true } ? Name : never;
}[MemberName];

/** Any of {@link MEMBERS}. */
export interface Member {
  name: MemberName;
  column: keyof MemberColumns;
  kind: Kind<unknown, unknown>;
  isOptional?: true;
}

export const MEMBER_NAMES = Object.keys(MEMBERS) as MemberName[];
export const MEMBER_LIST = MEMBER_NAMES.map((name) => ({ name, ...MEMBERS[name] })) as unknown as readonly Member[];

/** An object with the result of `make` for each member, under its name. */
export function mapMembers<Result = RecordMembers>(make: (member: Member) => unknown): Result {
  const made: Record<string, unknown> = {};
  for (const member of MEMBER_LIST) made[member.name] = make(member);
  return made as Result;
}

/** A field of GraphQL's CallRecord that is read from a column. */
export interface Field {
  column: keyof MemberColumns | 'duration_ticks' | 'participant_count' | 'organizer' | 'participants' | 'quality';
  isNullable?: true | undefined;
  /** Whether it is long, and so read only if it is asked for. */
  isJson?: true;
  /** Whether it depends on the caller. */
  isPersonal?: true;
  /** The value that clients see. */
  show: (stored: unknown) => unknown;
}

const parse = (stored: unknown) => (stored === null ? null : (JSON.parse(stored as string) as unknown));
const MORE: Record<string, Field> = {
  durationSeconds: { column: 'duration_ticks', show: (ticks) => toSeconds(ticks as string) },
  participantCount: { column: 'participant_count', show: same },
  organizer: { column: 'organizer', isNullable: true, isJson: true, show: parse },
  participants: { column: 'participants', isJson: true, show: parse },
  // Computed from several columns, and not the same for every caller.
  quality: { column: 'quality', isNullable: true, isJson: true, isPersonal: true, show: parse },
};

/** The fields of GraphQL's CallRecord that are read from a column, by name. */
export const FIELDS: ReadonlyMap<string, Field> = new Map([
  ...MEMBER_LIST.map(({ name, column, kind }): [string, Field] => [
    name,
    { column, isNullable: kind.isNullable, show: (stored) => kind.toKnown(kind.fromColumn(stored)) },
  ]),
  ...Object.entries(MORE),
]);
