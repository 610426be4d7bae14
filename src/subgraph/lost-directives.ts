import { type BuildSchemaOptions, getMetadataStorage } from 'type-graphql';

/**
 * type-graphql takes the directives of a field from its class, and passes over those on a resolver of a field that the
 * class has. A lost `@shareable` or `@cost` shows only in a supergraph, so it is an error here.
 */
export function refuseLostDirectives(resolvers: BuildSchemaOptions['resolvers']): void {
  const { fieldDirectives, fieldResolvers, fields, resolverClasses } = getMetadataStorage();
  for (const { target, methodName, schemaName, kind } of fieldResolvers) {
    if (kind !== 'external' || !resolvers.includes(target)) continue;
    if (!fieldDirectives.some((one) => one.target === target && one.fieldName === methodName)) continue;
    const owner: unknown = resolverClasses.find((one) => one.target === target)?.getObjectType();
    if (!fields.some((field) => field.target === owner && field.schemaName === schemaName)) continue;
    const name = (owner as { name: string }).name;
    throw new Error(
      `A @Directive on ${target.name}.${methodName} would be lost: it belongs on the field ${schemaName} of ${name}.`,
    );
  }
}
