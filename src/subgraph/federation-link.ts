import { type DirectiveNode, type DocumentNode, Kind, parse, print, type SchemaDefinitionNode, visit } from 'graphql';

/** A specification other than federation's from which a schema takes directives. */
export interface Link {
  /** Such as https://specs.example.org/sensitive/v1.0. */
  url: string;
  /** Such as `@sensitive`. */
  import: string[];
}

/** The minor version of Federation 2 that introduced each directive (Federation: versions). */
const SINCE: Readonly<Record<string, number>> = {
  extends: 0,
  external: 0,
  inaccessible: 0,
  key: 0,
  override: 0,
  provides: 0,
  requires: 0,
  shareable: 0,
  tag: 0,
  composeDirective: 1,
  interfaceObject: 3,
  authenticated: 5,
  requiresScopes: 5,
  policy: 6,
  context: 8,
  fromContext: 8,
  cost: 9,
  listSize: 9,
  cacheTag: 12,
};

/**
 * The directives that make a document a subgraph: `@link` to the lowest version of Federation 2 with the directives
 * used, importing those; links to other specifications; and which of their directives to keep in supergraphs.
 */
function linksOf(document: DocumentNode, links: readonly Link[], composed: readonly string[]): string[] {
  const used = new Map<string, number>(composed.length > 0 ? [['composeDirective', SINCE.composeDirective ?? 0]] : []);
  const own = new Set(
    document.definitions.flatMap((one) => (one.kind === Kind.DIRECTIVE_DEFINITION ? one.name.value : [])),
  );
  const note = (directive: DirectiveNode, since = SINCE[directive.name.value]) => {
    const name = directive.name.value;
    if (since !== undefined && !own.has(name)) used.set(name, Math.max(since, used.get(name) ?? 0));
  };
  visit(document, {
    InterfaceTypeDefinition({ directives }) {
      directives?.filter(({ name }) => name.value === 'key').forEach((key) => note(key, 3));
    },
    Directive(directive) {
      const isProgressive = directive.name.value === 'override' && directive.arguments?.some(isLabel);
      note(directive, isProgressive ? 7 : undefined);
    },
  });
  const federation = {
    url: `https://specs.apollo.dev/federation/v2.${Math.max(0, ...used.values())}`,
    import: [...used.keys()].sort().map((name) => `@${name}`),
  };
  return [...[federation, ...links].map(formatLink), ...composed.map(formatComposed)];
}

const isLabel = ({ name }: { name: { value: string } }) => name.value === 'label';
const formatLink = ({ url, import: names }: Link) =>
  `@link(url: ${JSON.stringify(url)}, import: [${names.map((name) => JSON.stringify(name)).join(', ')}])`;
const formatComposed = (name: string) => `@composeDirective(name: ${JSON.stringify(name)})`;

/**
 * Prints the document with its links. They are on the definition of the schema, not on an extension of it, which
 * Relay's compiler does not read.
 */
export function printLinked(document: DocumentNode, links: readonly Link[], composed: readonly string[]): string {
  const [linked] = parse(`schema ${linksOf(document, links, composed).join(' ')} { query: Query }`).definitions;
  const { directives } = linked as SchemaDefinitionNode;
  const definitions = document.definitions.map((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION ? { ...definition, directives } : definition,
  );
  return `${print({ ...document, definitions })}\n`;
}
