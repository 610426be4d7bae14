import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { fragmentsOf } from '../operation-size.js';
import { connectionPlan } from './connection-plan.js';
import { entitiesPlan } from './entities-plan.js';
import { createPlan } from './create-plan.js';
import { NotCompiled } from './not-compiled.js';
import type { Plan, Root } from './plan.js';
import { recordPlan } from './record-plan.js';
import { type Selected, selectedRoots } from '../look-ahead.js';
import { type VariablesReader, variablesReader } from './variables.js';
import type { RecordJsonCache } from './record-json-cache.js';

/** What is compiled, by the root type it is a field of. */
const PLANS: Record<string, Record<string, (root: Root) => Plan>> = {
  Query: { callRecord: recordPlan, callRecords: connectionPlan, _entities: entitiesPlan },
  Mutation: { createCallRecord: createPlan },
};

/** Beyond so many variables that decide what is selected there would be too many plans of one operation. */
const CONDITIONS_LIMIT = 4;

/** The plans of one operation: one for each way in which `@skip` and `@include` can turn out. */
export class CompiledOperation {
  private readonly conditions: string[];
  private readonly fragments: { [name: string]: FragmentDefinitionNode };
  private readonly plans = new Map<string, Plan | null>();
  /** Null for what graphql-js has to say of the variables themselves. */
  readonly readVariables: VariablesReader;

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly operation: OperationDefinitionNode,
    private readonly cache: RecordJsonCache,
  ) {
    this.conditions = conditionsOf(document);
    this.readVariables = variablesReader(schema, operation);
    this.fragments = fragmentsOf(document);
  }

  /** The plan that gives the text of an answer's data; null where graphql-js executes. */
  planFor(variables: { [name: string]: unknown }): Plan | null {
    if (this.conditions.length > CONDITIONS_LIMIT) return null;
    const key = this.conditions.map((name) => String(variables[name])).join();
    let plan = this.plans.get(key);
    if (plan === undefined) {
      plan = this.compile(variables);
      this.plans.set(key, plan);
    }
    return plan;
  }

  private compile(variables: { [name: string]: unknown }): Plan | null {
    const type = this.schema.getRootType(this.operation.operation);
    const plans = type && PLANS[type.name];
    if (!plans) return null;
    const scope = { schema: this.schema, fragments: this.fragments, variables, cache: this.cache };
    try {
      const roots = selectedRoots(scope, this.operation, type);
      const fields = roots.filter(({ name }) => name !== '__typename');
      const [selected] = fields;
      // Several fields share statements by the request's loaders, and an error of one leaves the others alone.
      if (!selected || fields.length > 1) return null;
      const definition = type.getFields()[selected.name];
      const planner = Object.hasOwn(plans, selected.name) ? plans[selected.name] : undefined;
      if (!definition || !planner) return null;
      return around(type.name, roots, planner({ scope, selected, definition }));
    } catch (error) {
      // What is wrong with a directive's arguments is graphql-js's to say, where it comes upon it.
      if (error instanceof NotCompiled || error instanceof GraphQLError) return null;
      throw error;
    }
  }
}

/** The whole answer: the planned field, and `__typename` wherever it is selected beside. */
function around(type: string, roots: Selected[], plan: Plan): Plan {
  const place = roots.findIndex(({ name }) => name !== '__typename');
  const typenames = (some: Selected[]) => some.map(({ key }) => `${JSON.stringify(key)}:"${type}"`);
  const key = JSON.stringify((roots[place] as Selected).key);
  const before = `{${[...typenames(roots.slice(0, place)), `${key}:`].join()}`;
  const after = `${typenames(roots.slice(place + 1))
    .map((text) => `,${text}`)
    .join('')}}`;
  return async (request) => before + (await plan(request)) + after;
}

/** The variables by which directives of the document decide what is selected. */
function conditionsOf(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive: ({ arguments: given = [] }) => {
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}
