import 'reflect-metadata';
import { Arg, Ctx, Directive, ID, Mutation, Resolver } from 'type-graphql';
import { requireWrite } from '../auth/caller.js';
import { ErasePersonPayload } from '../domain/erase-person.js';
import { isStorable } from '../domain/text.js';
import { refuse } from './connection.js';
import type { GraphQLContext } from './context.js';

/** Clients and proxies wait no longer for a response. The rest is done beside other work. */
const ANSWERED_WITHIN_MS = 20_000;
const LONGEST_ID = 1_024;

@Resolver()
export class EraseResolver {
  @Mutation(() => ErasePersonPayload, {
    description:
      'Erases a person: something random stands in the place of the id, wherever it stood, and names, sign-in names, e-mail addresses, devices and network addresses are null. The calls stay, for the others and for the counts, and the person does not come back by an import. Needs the role CallRecords.ReadWrite.All.',
  })
  @Directive('@cost(weight: 100)')
  @Directive('@tag(name: "administration")')
  async erasePerson(
    @Arg('id', () => ID, { description: 'Of the person, of whatever kind. GUIDs compare without regard to case.' })
    id: string,
    @Arg('dryRun', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: 'Whether to count alone, and change nothing.',
    })
    dryRun: boolean | null,
    @Ctx() context: GraphQLContext,
  ): Promise<ErasePersonPayload> {
    requireWrite(context.caller);
    if (id === '' || id.length > LONGEST_ID || !isStorable(id))
      refuse(['id'], 'id', `Must be an id of 1 to ${LONGEST_ID} characters, without NUL.`);
    await context.spend(100);
    const { forgetting } = context.store;
    // The mutation tells how many calls a person has, which is noted. The id is not: the log would name an erased
    // person again.
    if (context.reads) context.reads.hasRead = true;
    if (dryRun) {
      context.reads?.people.add(id);
      const callRecords = await forgetting.count(id);
      return { callRecords, complete: callRecords === 0 };
    }
    const until = performance.now() + ANSWERED_WITHIN_MS;
    let callRecords = 0;
    for await (const some of forgetting.erase(id)) {
      callRecords += some;
      if (performance.now() > until) return { callRecords, complete: false };
    }
    return { callRecords, complete: true };
  }
}
