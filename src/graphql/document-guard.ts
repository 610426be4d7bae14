import type { ApolloServerPlugin, HTTPGraphQLRequest } from '@apollo/server';
import { Lexer, Source, TokenKind } from 'graphql';
import { LRUCache } from 'lru-cache';
import { documentCost } from '../domain/cost.js';
import { CallRecordsError, HttpError } from '../domain/errors.js';
import { nestsDeeper } from '../platform/json.js';
import { type Limits, MAX_JSON_DEPTH } from '../domain/limits.js';
import type { GraphQLContext } from './context.js';

/** How many documents are remembered, and their characters in all. */
const KNOWN = { max: 1_000, maxSize: 4_000_000 };
/**
 * How deep braces may nest outside of arguments. Fields may nest to `MAX_DEPTH`, with fragments in between. The parser
 * calls itself for each level.
 */
const SELECTION_NESTING = 100;

/**
 * Checks a document before it is parsed. Validation takes time with the square of its tokens, so a document not seen
 * before costs points by its tokens. Nesting is counted on tokens, because it could overflow the parser's call stack.
 */
export class DocumentGuard {
  private readonly known = new LRUCache<string, true>({ ...KNOWN, sizeCalculation: (_known, text) => text.length });

  constructor(private readonly limits: Limits) {}

  /** Remembers documents that have passed validation. */
  readonly plugin: ApolloServerPlugin<GraphQLContext> = {
    requestDidStart: async () => ({
      didResolveOperation: async ({ source }) => this.remember(source),
    }),
  };

  /** Rejects with QUERY_TOO_COMPLEX for a document beyond a limit, and with RATE_LIMITED if its points are spent. */
  async admit(request: HTTPGraphQLRequest, context: GraphQLContext): Promise<void> {
    const query =
      request.method === 'GET' ? readUrl(request.search) : (request.body as { query?: unknown } | null)?.query;
    if (typeof query === 'string') await this.admitDocument(query, context);
  }

  /** The same for the text of a document. */
  async admitDocument(query: string, context: GraphQLContext): Promise<void> {
    if (this.known.has(query)) return;
    const tokens = measure(query, this.limits);
    await context.spend(documentCost(tokens, this.limits));
  }

  /** Remembers a document that has passed validation. */
  remember(query: string): void {
    this.known.set(query, true);
  }
}

/** The document in a URL. Throws an `HttpError` for variables that nest deeper than those of a body may. */
function readUrl(search: string): string | null {
  const options = new URLSearchParams(search);
  for (const name of ['variables', 'extensions']) {
    const text = options.get(name);
    if (text !== null && nestsDeeper(text, MAX_JSON_DEPTH))
      throw new HttpError(400, `The ${name} nest deeper than ${MAX_JSON_DEPTH} levels.`);
  }
  return options.get('query');
}

/** The number of tokens. Text that is not GraphQL counts up to its first error. */
function measure(query: string, { maxTokens, maxDepth }: Limits): number {
  const lexer = new Lexer(new Source(query));
  const nesting = { values: 0, selections: 0, parentheses: 0 };
  const deepest = Math.max(SELECTION_NESTING, 2 * maxDepth);
  let tokens = 0;
  try {
    for (let { kind } = lexer.advance(); kind !== TokenKind.EOF; { kind } = lexer.advance()) {
      tokens += 1;
      if (tokens > maxTokens) return tokens;
      const step = STEPS.get(kind) ?? 0;
      if (kind === TokenKind.PAREN_L || kind === TokenKind.PAREN_R) nesting.parentheses += step;
      else if (step !== 0) nesting[nesting.parentheses > 0 ? 'values' : 'selections'] += step;
      if (nesting.values > MAX_JSON_DEPTH) throw nestedTooDeep('Values and types', MAX_JSON_DEPTH);
      if (nesting.selections > deepest) throw nestedTooDeep('Selections', deepest);
    }
  } catch (error) {
    if (error instanceof CallRecordsError) throw error;
  }
  return tokens;
}

/** The tokens that open a level, and those that close one. */
const STEPS = new Map<string, number>([
  [TokenKind.PAREN_L, 1],
  [TokenKind.BRACKET_L, 1],
  [TokenKind.BRACE_L, 1],
  [TokenKind.PAREN_R, -1],
  [TokenKind.BRACKET_R, -1],
  [TokenKind.BRACE_R, -1],
]);

function nestedTooDeep(what: string, limit: number): CallRecordsError {
  return new CallRecordsError('QUERY_TOO_COMPLEX', `${what} of the document nest deeper than ${limit} levels.`);
}
