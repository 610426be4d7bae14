import { type BuildSchemaOptions, getMetadataStorage } from 'type-graphql';

/**
 * Throws for directives that would be lost. type-graphql takes the directives of a field from its class. If a resolver
 * method resolves that field, its directives are ignored. A lost `@shareable` or `@cost` would show only in a
 * supergraph, so it is an error here.
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
