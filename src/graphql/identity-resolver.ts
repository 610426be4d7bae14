import 'reflect-metadata';
import { FieldResolver, Resolver, Root } from 'type-graphql';
import { Identity, identityKey, IdentityKind, IdentitySet, isGuid, kindsOf, UserIdentity } from '../domain/identity.js';
import { User } from '../domain/user.js';

@Resolver(() => IdentitySet)
export class IdentitySetResolver {
  @FieldResolver(() => IdentityKind, {
    nullable: true,
    description:
      'The kind of the identity that is set; of several the first in the order user, phone, guest, azureCommunicationServicesUser, application, applicationInstance, onPremises, encrypted, device, assertedIdentity; null where none is.',
  })
  kind(@Root() set: IdentitySet): IdentityKind | null {
    return kindsOf(set)[0] ?? null;
  }

  @FieldResolver(() => Identity, {
    nullable: true,
    description: 'The identity that is set, whatever its `kind`; null where none is.',
  })
  identity(@Root() set: IdentitySet): Identity | null {
    const [kind] = kindsOf(set);
    return (kind && set[kind]) ?? null;
  }
}

@Resolver(() => UserIdentity)
export class UserIdentityResolver {
  @FieldResolver(() => User, {
    nullable: true,
    description:
      "The user's account, in the subgraph that owns it; null for those who have none, such as anonymous visitors.",
  })
  account(@Root() identity: UserIdentity): User | null {
    // A key has one spelling, however Graph wrote the id in this call.
    return identity.id && isGuid(identity.id) ? { id: identityKey(identity.id) } : null;
  }
}
