import {
  type ASTVisitor,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { type Limits, MAX_RECURSIVE_SELECTIONS } from '../../domain/limits.js';

interface Size {
  /** With fragments spread out. */
  selections: number;
  depth: number;
  aliases: number;
  rootFields: number;
}

/**
 * Refuses documents beyond the limits, with `QUERY_TOO_COMPLEX`. A fragment counts wherever it is spread, but is
 * measured once. So a document of doubling fragments is as cheap to refuse as any other.
 */
export function documentLimits(limits: Limits): ValidationRule {
  return (context: ValidationContext): ASTVisitor => ({
    OperationDefinition(operation) {
      // Execution would report it, too, but as a fault of the server.
      if (!context.getSchema().getRootType(operation.operation))
        context.reportError(new GraphQLError(`There are no ${operation.operation}s here.`, { nodes: operation }));
      const size = new Measure(context).of(operation.selectionSet);
      const refuse = (what: string, count: number, limit: number) => {
        if (count > limit)
          context.reportError(tooComplex(operation, `${what} ${count}; at most ${limit} are allowed.`));
      };
      refuse('The number of selections, with fragments spread out, is', size.selections, MAX_RECURSIVE_SELECTIONS);
      refuse('Fields are nested to a depth of', size.depth, limits.maxDepth);
      refuse('The number of aliases is', size.aliases, limits.maxAliases);
      refuse('The number of root fields is', size.rootFields, limits.maxRootFields);
      if (operation.operation === OperationTypeNode.MUTATION)
        refuse('The number of mutations in one request is', size.rootFields, limits.maxMutations);
      return false;
    },
  });
}

function tooComplex(node: OperationDefinitionNode, message: string): GraphQLError {
  return new GraphQLError(message, { nodes: node, extensions: { code: 'QUERY_TOO_COMPLEX' } });
}

const NOTHING: Size = { selections: 0, depth: 0, aliases: 0, rootFields: 0 };

class Measure {
  private readonly fragments = new Map<string, Size>();

  constructor(private readonly context: ValidationContext) {}

  of(selectionSet: SelectionSetNode | undefined): Size {
    const total = { ...NOTHING };
    for (const selection of selectionSet?.selections ?? []) {
      const size =
        selection.kind === Kind.FIELD
          ? this.field(selection)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? this.of(selection.selectionSet)
            : this.fragment(this.context.getFragment(selection.name.value));
      total.selections += size.selections + (selection.kind === Kind.FIELD ? 0 : 1);
      total.depth = Math.max(total.depth, size.depth);
      total.aliases += size.aliases;
      total.rootFields += size.rootFields;
    }
    return total;
  }

  private field(field: FieldNode): Size {
    const below = this.of(field.selectionSet);
    // The depth of introspection does not count: a rule of graphql-js bounds it.
    const depth = field.name.value.startsWith('__') ? 0 : below.depth + 1;
    return { selections: below.selections + 1, depth, aliases: below.aliases + (field.alias ? 1 : 0), rootFields: 1 };
  }

  private fragment(fragment: FragmentDefinitionNode | null | undefined): Size {
    if (!fragment) return NOTHING;
    const known = this.fragments.get(fragment.name.value);
    if (known) return known;
    // A fragment within itself is an error of another rule. Counting it as nothing ends the recursion.
    this.fragments.set(fragment.name.value, NOTHING);
    const size = this.of(fragment.selectionSet);
    this.fragments.set(fragment.name.value, size);
    return size;
  }
}
