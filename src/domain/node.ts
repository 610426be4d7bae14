import 'reflect-metadata';
import { Directive, Field, ID, InterfaceType } from 'type-graphql';

/** Relay's global object identification. Hidden in supergraphs, where each subgraph knows only its own objects. */
@InterfaceType('Node', { description: 'An object that `node` finds by its id (Relay: global object identification).' })
@Directive('@inaccessible')
export abstract class Node {
  @Field(() => ID, { description: 'Unlike that of any other object here.' })
  id!: string;
}
