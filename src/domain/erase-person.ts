import 'reflect-metadata';
import { Field, Int, ObjectType } from 'type-graphql';

/** The result of an erasure. */
@ObjectType({ description: 'What became of the erasure of a person.', simpleResolvers: true })
export class ErasePersonPayload {
  @Field(() => Int, {
    description: 'The records in which the person was replaced; with `dryRun` those in which they would be.',
  })
  callRecords!: number;

  @Field(() => Boolean, {
    description:
      'Whether nothing of the person is left. If something is, the server goes on; repeat the mutation to know.',
  })
  complete!: boolean;
}
