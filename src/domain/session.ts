import 'reflect-metadata';
import { Directive, Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { CallQuality } from './call-quality.js';
import { GraphQLDateTimeOffset, type UtcText } from './date-time.js';
import { Endpoint } from './endpoint.js';
import { Modality } from './enums.js';
import { badUserInput, type Violation } from './errors.js';
import { assumedSize, Member } from './graph-field.js';
import { isGuid } from './identity.js';
import { FromJson } from './json-source.js';
import { PageInfo } from './page.js';
import { qualityOfSession } from './quality.js';
import { DURATION_SECONDS, FailureInfo, Segment } from './segment.js';

/**
 * Graph's session. It has no `id`: Graph's id may occur twice in one record, and caches would merge the two sessions. A
 * session without an id or without its times is left out of its page.
 */
@ObjectType('Session', {
  description:
    'What went on between two endpoints in a call (Graph: session). In a group call each participant has one or more, with a service; a call between two has one, as a rule.',
  simpleResolvers: true,
})
export class Session {
  @Field(() => ID, { description: 'As Graph has it: it can occur more than once in a call. Not a key for caches.' })
  @FromJson({ member: 'id' })
  sessionId!: string;

  @Member(() => Endpoint, 'The end that started it; null: not told.')
  caller?: Endpoint | null;

  @Member(() => Endpoint, 'The other end; null: not told.')
  callee?: Endpoint | null;

  @Field(() => GraphQLDateTimeOffset, { description: 'When the first end joined.' })
  startDateTime!: UtcText;

  @Field(() => GraphQLDateTimeOffset, {
    description: 'When the last end left; as Graph has it, even before the start.',
  })
  endDateTime!: UtcText;

  @Field(() => Float, { description: 'End minus start in seconds, exact to 100 ns; 0 where nobody answered.' })
  @FromJson(DURATION_SECONDS)
  durationSeconds!: number;

  @Field(() => [Modality], { description: 'The kinds of media used.' })
  @Directive(assumedSize(2))
  modalities!: Modality[];

  @Member(() => Boolean, 'Whether it was a test call, which counts in no quality; null: not told.')
  isTest?: boolean | null;

  @Member(() => FailureInfo, 'How it failed; null: it did not, or that is not told.')
  failureInfo?: FailureInfo | null;

  @Field(() => [Segment], { description: 'Its media links; empty where the source tells none.' })
  @Directive(assumedSize(2))
  segments!: Segment[];

  @Field(() => CallQuality, { description: 'How good it was over all its streams.' })
  @FromJson({ members: ['isTest', 'failureInfo', 'segments'], compute: qualityOfSession })
  quality!: CallQuality;
}

@ObjectType('SessionEdge', { description: 'A session in a list, with its cursor.', simpleResolvers: true })
export class SessionEdge {
  @Field(() => Session, { description: 'The session.' })
  node!: Session;

  @Field(() => String, { description: 'Opaque; for `after` at the same call.' })
  cursor!: string;
}

/** Sessions of a page if no number is given; as in Microsoft Graph. */
export const SESSIONS_PAGE_SIZE = 60;

@ObjectType('SessionConnection', {
  description: 'A page of the sessions of one call (Relay: connection).',
  simpleResolvers: true,
})
export class SessionConnection {
  @Field(() => [SessionEdge], { description: 'The sessions of this page with their cursors.' })
  @Directive(assumedSize(SESSIONS_PAGE_SIZE))
  edges!: SessionEdge[];

  @Field(() => [Session], { description: 'The sessions of this page.' })
  @Directive(assumedSize(SESSIONS_PAGE_SIZE))
  nodes!: Session[];

  @Field(() => PageInfo, { description: 'Where this page stands.' })
  pageInfo!: PageInfo;

  @Field(() => Int, {
    description:
      'How many sessions of the call the caller may see; those that lack an id or a time, and are not shown, among them.',
  })
  totalCount!: number;
}

/** The range of sessions of each record: `first` of them after a place. */
export interface SessionRange {
  limit: number;
  /** The place in the record of the session before the page; null to begin with the first. */
  after: SessionPlace | null;
}

/** A session, by its record and its place among those that the caller may see. */
export interface SessionPlace {
  recordId: string;
  position: number;
}

/** Reads the arguments of `sessions`; one error reports everything that is wrong with them. */
export function parseSessionRange(
  { first, after }: { first?: number | null; after?: string | null },
  maximum: number,
): SessionRange {
  const violations: Violation[] = [];
  if (first != null && first < 0)
    violations.push({ path: ['first'], rule: 'minimum', message: 'Must not be negative.' });
  // The schema's default was not chosen by the client, so a lower limit just replaces it.
  if (first != null && first > maximum && first !== SESSIONS_PAGE_SIZE)
    violations.push({ path: ['first'], rule: 'maximum', message: `Must not exceed ${maximum} sessions a page.` });
  const place = after == null ? null : readSessionCursor(after);
  if (after != null && place === null) violations.push(BROKEN);
  if (violations.length > 0) throw badUserInput(violations);
  return { limit: Math.min(first ?? SESSIONS_PAGE_SIZE, maximum), after: place };
}

const BROKEN: Violation = {
  path: ['after'],
  rule: 'cursor',
  message: "This is not a cursor of this call's sessions; pass on an endCursor or an edge cursor as it came.",
};

/** Refuses a cursor that belongs to another record. */
export function requireOwnCursor({ after }: SessionRange, recordId: string): void {
  if (after !== null && after.recordId !== recordId) throw badUserInput([BROKEN]);
}

const MARK = 'sessions';

/** Opaque to clients, and valid only for the sessions of one record. */
export function formatSessionCursor({ recordId, position }: SessionPlace): string {
  return Buffer.from(`${MARK}|${recordId}|${position}`).toString('base64url');
}

function readSessionCursor(cursor: string): SessionPlace | null {
  const [, recordId = '', digits = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split('|');
  const place = { recordId, position: Number(digits) };
  const isPlace = isGuid(recordId) && /^\d{1,9}$/.test(digits);
  // Decoding base64 ignores characters that do not belong to it. Only the exact text that we would write is a cursor.
  return isPlace && formatSessionCursor(place) === cursor ? place : null;
}
