import * as z from 'zod';
import type { Violation } from '../domain/errors.js';
import { checkCharacters } from '../domain/text.js';

const TEXT_LIMIT = 1_024;
const text = z.string().max(TEXT_LIMIT);
const identity = z.looseObject({ id: text.nullish(), displayName: text.nullish(), tenantId: text.nullish() });

/** Members of any kind of identity that Graph is known to send, but GraphQL does not have. */
const OF_IDENTITIES: Record<string, z.ZodType> = {
  applicationType: text,
  azureCommunicationServicesResourceId: text,
  email: text,
  hidden: z.boolean(),
  userPrincipalName: text,
};

/** Such members of an identity set that no page of Graph's documentation declares, or only an old one. */
const OF_SETS: Record<string, z.ZodType> = {
  acsUser: identity,
  spoolUser: identity,
  acsApplicationInstance: identity,
  spoolApplicationInstance: identity,
  azureApplicationInstance: identity,
  conversation: identity,
  conversationIdentityType: text,
};

/** Such members of an entity, beside its identity set. */
const OF_ENTITIES: Record<string, z.ZodType> = {
  administrativeUnitInfos: z.array(z.looseObject({ id: text.nullish() })),
};

/** The message for any other member. */
export const NOT_TAKEN = 'Not taken in a create; a record that holds it is imported.';

export const isKeptOfIdentity = (name: string): boolean => Object.hasOwn(OF_IDENTITIES, name);
export const isKeptOfSet = (name: string): boolean => Object.hasOwn(OF_SETS, name);
export const isKeptOfEntity = (name: string): boolean => Object.hasOwn(OF_ENTITIES, name);

/** What is wrong with a member that would be kept; null if nothing is. */
export function checkKept(name: string, value: unknown, path: Violation['path']): Violation | null {
  const { error } = { ...OF_IDENTITIES, ...OF_SETS, ...OF_ENTITIES }[name]?.safeParse(value) ?? {};
  const [issue] = error?.issues ?? [];
  if (issue)
    return {
      path: [...path, ...(issue.path as (string | number)[])],
      rule: issue.code === 'too_big' ? 'length' : 'type',
      message: issue.code === 'too_big' ? `Must not exceed ${TEXT_LIMIT} characters.` : issue.message,
    };
  const message = typeof value === 'string' ? checkCharacters(value) : null;
  return message === null ? null : { path, rule: 'characters', message };
}
