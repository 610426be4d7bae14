import 'reflect-metadata';
import { Directive, Field, ID, ObjectType } from 'type-graphql';

/** A person of the organisation, known here only by id: another subgraph owns the type. */
@ObjectType('User', {
  description: "Owned by another subgraph: this one adds a user's calls to it.",
  simpleResolvers: true,
})
@Directive('@key(fields: "id")')
export class User {
  @Field(() => ID, { description: 'The Microsoft Entra object id.' })
  id!: string;
}
