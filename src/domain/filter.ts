import 'reflect-metadata';
import { Directive, Field, Float, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { GraphQLDateTimeOffset, type UtcText } from './date-time.js';
import { CallType, Modality } from './enums.js';
import { IdentityKind, PERSONAL } from './identity.js';
import { QualityClass } from './quality.js';
import { FailureStage } from './session-enums.js';

@InputType('ModalityFilter', { description: 'Conditions on the set of modalities; both must hold.' })
export class ModalityFilter {
  @Field(() => [Modality], {
    nullable: true,
    description: 'One or more of these were used. An empty list matches nothing.',
  })
  hasAny?: Modality[] | null;

  @Field(() => [Modality], { nullable: true, description: 'All of these were used. An empty list matches nothing.' })
  hasAll?: Modality[] | null;
}

@InputType('DateTimeOffsetFilter', {
  description:
    'Conditions on a date-time; all must hold. A bound may have any number of fractional digits, each of which counts.',
})
export class DateTimeOffsetFilter {
  @Field(() => GraphQLDateTimeOffset, { nullable: true, description: 'Earlier than.' })
  lt?: UtcText | null;
  @Field(() => GraphQLDateTimeOffset, { nullable: true, description: 'Earlier than or at.' })
  lte?: UtcText | null;
  @Field(() => GraphQLDateTimeOffset, { nullable: true, description: 'Later than.' })
  gt?: UtcText | null;
  @Field(() => GraphQLDateTimeOffset, { nullable: true, description: 'Later than or at.' })
  gte?: UtcText | null;
  @Field(() => GraphQLDateTimeOffset, { nullable: true, description: 'Exactly at.' })
  eq?: UtcText | null;
}

@InputType('FloatFilter', { description: 'Conditions on a number; all must hold.' })
export class FloatFilter {
  @Field(() => Float, { nullable: true, description: 'Less than.' })
  lt?: number | null;
  @Field(() => Float, { nullable: true, description: 'Less than or equal to.' })
  lte?: number | null;
  @Field(() => Float, { nullable: true, description: 'Greater than.' })
  gt?: number | null;
  @Field(() => Float, { nullable: true, description: 'Greater than or equal to.' })
  gte?: number | null;
}

@InputType('IntFilter', { description: 'Conditions on a whole number; all must hold.' })
export class IntFilter {
  @Field(() => Int, { nullable: true, description: 'Less than.' })
  lt?: number | null;
  @Field(() => Int, { nullable: true, description: 'Less than or equal to.' })
  lte?: number | null;
  @Field(() => Int, { nullable: true, description: 'Greater than.' })
  gt?: number | null;
  @Field(() => Int, { nullable: true, description: 'Greater than or equal to.' })
  gte?: number | null;
  @Field(() => Int, { nullable: true, description: 'Equal to.' })
  eq?: number | null;
}

@InputType('IdentityFilter', {
  description:
    'Matches an identity of any kind unless kind narrows it; all members must hold for one and the same identity.',
})
export class IdentityFilter {
  @Field(() => [ID], {
    nullable: true,
    description: 'One of these ids; GUIDs compare without regard to case, other ids exactly.',
  })
  id?: string[] | null;

  @Field(() => [IdentityKind], { nullable: true, description: 'One of these kinds.' })
  kind?: IdentityKind[] | null;

  @Field(() => [ID], { nullable: true, description: 'One of these tenants.' })
  tenantId?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'Anywhere in the name, without regard to case and accents (Unicode); % and _ are taken literally.',
  })
  @Directive(PERSONAL)
  displayName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The whole of the sign-in name, without regard to case and accents (Unicode).',
  })
  @Directive(PERSONAL)
  userPrincipalName?: string | null;

  /** Whether there is an id at all, for OData's comparisons with null. Not in GraphQL. */
  hasId?: boolean | null;
}

@InputType('CallRecordFilter', {
  description:
    'Members are ANDed; null or absent is no constraint; an empty list matches nothing, but `and: []` everything. At most 100 conditions in all, 500 members in a list, 5,000 in all lists.',
})
export class CallRecordFilter {
  @Field(() => [ID], { nullable: true, description: 'One of these records; ids compare without regard to case.' })
  id?: string[] | null;

  @Field(() => [CallType], { nullable: true, description: 'One of these types.' })
  type?: CallType[] | null;

  @Field(() => ModalityFilter, { nullable: true, description: 'Media used.' })
  modalities?: ModalityFilter | null;

  @Field(() => DateTimeOffsetFilter, { nullable: true, description: 'When the first participant joined.' })
  startDateTime?: DateTimeOffsetFilter | null;

  @Field(() => DateTimeOffsetFilter, { nullable: true, description: 'When the last participant left.' })
  endDateTime?: DateTimeOffsetFilter | null;

  @Field(() => DateTimeOffsetFilter, { nullable: true, description: 'When the stored version was made.' })
  lastModifiedDateTime?: DateTimeOffsetFilter | null;

  @Field(() => FloatFilter, { nullable: true, description: 'Length of the call in seconds.' })
  durationSeconds?: FloatFilter | null;

  @Field(() => IdentityFilter, { nullable: true, description: 'Who organized it.' })
  organizer?: IdentityFilter | null;

  @Field(() => IdentityFilter, { nullable: true, description: 'At least one participant matches.' })
  participant?: IdentityFilter | null;

  @Field(() => String, {
    nullable: true,
    description: 'This meeting URL, however it is percent-encoded: the occurrences of one meeting.',
  })
  joinWebUrl?: string | null;

  /** Whether there is a meeting URL at all, for OData's comparisons with null. Not in GraphQL. */
  hasJoinWebUrl?: boolean | null;

  @Field(() => [QualityClass], {
    nullable: true,
    description:
      'The class of `quality` is one of these, as the caller is shown it; calls whose sessions were never fetched have none.',
  })
  quality?: QualityClass[] | null;

  @Field(() => [FailureStage], {
    nullable: true,
    description: 'A session that counts in `quality` failed at one of these stages; test sessions do not.',
  })
  failureStage?: FailureStage[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether sessions of this version were fetched, some or all.' })
  sessionsFetched?: boolean | null;

  @Field(() => IntFilter, { nullable: true, description: 'How many participants there are.' })
  participantCount?: IntFilter | null;

  @Field(() => [CallRecordFilter], { nullable: true, description: 'All of these hold.' })
  and?: CallRecordFilter[] | null;

  @Field(() => [CallRecordFilter], { nullable: true, description: 'At least one of these holds.' })
  or?: CallRecordFilter[] | null;

  @Field(() => CallRecordFilter, { nullable: true, description: 'This does not hold.' })
  not?: CallRecordFilter | null;
}

/** The fields that a list can be ordered by. Ties are broken by id, so that every order is total. */
export enum CallRecordOrderField {
  START_DATE_TIME = 'startDateTime',
  END_DATE_TIME = 'endDateTime',
  LAST_MODIFIED_DATE_TIME = 'lastModifiedDateTime',
  DURATION = 'durationSeconds',
}
registerEnumType(CallRecordOrderField, {
  name: 'CallRecordOrderField',
  description: 'What records are ordered by; ties are broken by id.',
  valuesConfig: {
    START_DATE_TIME: { description: 'When the first participant joined.' },
    END_DATE_TIME: { description: 'When the last participant left.' },
    LAST_MODIFIED_DATE_TIME: { description: 'When the stored version was made.' },
    DURATION: { description: 'Length of the call.' },
  },
});

export enum OrderDirection {
  ASC = 'asc',
  DESC = 'desc',
}
registerEnumType(OrderDirection, {
  name: 'OrderDirection',
  description: 'Which end comes first.',
  valuesConfig: {
    ASC: { description: 'Smallest, oldest or shortest first.' },
    DESC: { description: 'Largest, newest or longest first.' },
  },
});

@InputType('CallRecordOrder', { description: 'The order of a list: newest start first unless told otherwise.' })
export class CallRecordOrder {
  @Field(() => CallRecordOrderField, {
    defaultValue: CallRecordOrderField.START_DATE_TIME,
    description: 'What to order by.',
  })
  field!: CallRecordOrderField;

  @Field(() => OrderDirection, { defaultValue: OrderDirection.DESC, description: 'Which end comes first.' })
  direction!: OrderDirection;
}

/** The order of a list if none was asked for. */
export const DEFAULT_ORDER: CallRecordOrder = {
  field: CallRecordOrderField.START_DATE_TIME,
  direction: OrderDirection.DESC,
};
