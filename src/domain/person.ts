import 'reflect-metadata';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { GraphQLDateTimeOffset, type UtcText } from './date-time.js';
import { badUserInput } from './errors.js';
import { IdentityKind, PERSONAL } from './identity.js';

/** A person or thing in calls: an id of one kind of identity. */
@ObjectType('Person', {
  description: 'Somebody or something in the calls that the caller may see, with the names of the latest of them.',
  simpleResolvers: true,
})
export class Person {
  @Field(() => IdentityKind, { description: 'The member of identity sets in which the id stands.' })
  kind!: IdentityKind;

  @Field(() => ID, {
    description:
      'The id, a GUID in lower case: for `id` in filters, with `kind` beside it. Not a key for caches: the same id may stand in another kind. `callrecords-graphql/clients` has what tells Apollo Client, urql and Relay.',
  })
  id!: string;

  @Field(() => String, { nullable: true, description: 'The name shown in the latest call; null where it has none.' })
  @Directive(PERSONAL)
  displayName!: string | null;

  @Field(() => String, { nullable: true, description: 'The sign-in name in the latest call; null where it has none.' })
  @Directive(PERSONAL)
  userPrincipalName!: string | null;

  @Field(() => Int, {
    description: 'In how many calls that the caller may see, as organizer or participant; counted only when asked for.',
  })
  @Directive('@cost(weight: 5)')
  callCount!: number;

  @Field(() => GraphQLDateTimeOffset, {
    nullable: true,
    description: 'When the latest call began; null without calls.',
  })
  lastCallAt!: UtcText | null;
}

/** People in a search result without a limit. */
export const DEFAULT_PEOPLE = 10;
const MOST_PEOPLE = 100;

/** The number of people to find, from 0 to 100. Throws BAD_USER_INPUT for any other number. */
export function parsePeopleLimit(first: number | null | undefined): number {
  const limit = first ?? DEFAULT_PEOPLE;
  if (limit < 0) throw badUserInput([{ path: ['first'], rule: 'minimum', message: 'Must not be negative.' }]);
  if (limit > MOST_PEOPLE)
    throw badUserInput([{ path: ['first'], rule: 'maximum', message: `Must not exceed ${MOST_PEOPLE} people.` }]);
  return limit;
}
