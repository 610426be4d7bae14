import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  isNonNullType,
  Kind,
  locatedError,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { VariableCoercer } from '../core/coerce-variables.js';
import { fragmentsOf } from '../operation-size.js';
import { connectionPlan } from './connection-plan.js';
import { entitiesPlan } from './entities-plan.js';
import { createPlan } from './create-plan.js';
import { NotCompiled } from './not-compiled.js';
import { type Plan, PlanFailure, type Root } from './plan.js';
import { recordPlan } from './record-plan.js';
import { type Selected, selectedRoots } from '../look-ahead.js';
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
  private readonly roots = new Map<string, CompiledRoot | NotCompiled>();
  readonly variables: VariableCoercer;

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly operation: OperationDefinitionNode,
    private readonly cache: RecordJsonCache,
  ) {
    this.conditions = conditionsOf(document);
    this.variables = new VariableCoercer(schema, operation);
    this.fragments = fragmentsOf(document);
  }

  /** What gives the answer; throws a `NotCompiled` where graphql-js executes. */
  rootFor(variables: { [name: string]: unknown }): CompiledRoot {
    if (this.conditions.length > CONDITIONS_LIMIT) throw new NotCompiled('many conditions');
    const key = this.conditions.map((name) => String(variables[name])).join();
    let root = this.roots.get(key);
    if (root === undefined) {
      root = this.compile(variables);
      this.roots.set(key, root);
    }
    if (root instanceof NotCompiled) throw root;
    return root;
  }

  private compile(variables: { [name: string]: unknown }): CompiledRoot | NotCompiled {
    const type = this.schema.getRootType(this.operation.operation);
    const planners = type && PLANS[type.name];
    if (!planners) return new NotCompiled(`the root type ${type?.name}`);
    const scope = { schema: this.schema, fragments: this.fragments, variables, cache: this.cache };
    try {
      const roots = selectedRoots(scope, this.operation, type);
      const fields = roots.filter(({ name }) => name !== '__typename');
      const [selected] = fields;
      // Several fields share statements by the request's loaders, and an error of one leaves the others alone.
      if (!selected || fields.length > 1) return new NotCompiled(`${fields.length} root fields`);
      const definition = type.getFields()[selected.name];
      const planner = Object.hasOwn(planners, selected.name) ? planners[selected.name] : undefined;
      if (!definition || !planner) return new NotCompiled(`${type.name}.${selected.name}`);
      return new CompiledRoot(type.name, roots, { scope, selected, definition }, planner);
    } catch (error) {
      if (error instanceof NotCompiled) return error;
      // What is wrong with a directive's arguments is graphql-js's to say, where it comes upon it.
      if (error instanceof GraphQLError) return new NotCompiled(error.message);
      throw error;
    }
  }
}

/** The compiled field of a root type, and the whole answer: with `__typename` wherever it is selected beside. */
export class CompiledRoot {
  readonly plan: Plan;
  private readonly before: string;
  private readonly after: string;

  constructor(
    private readonly type: string,
    private readonly roots: readonly Selected[],
    private readonly root: Root,
    planner: (root: Root) => Plan,
  ) {
    this.plan = planner(root);
    const place = roots.indexOf(root.selected);
    const typenames = (some: readonly Selected[]) => some.map(({ key }) => `${JSON.stringify(key)}:"${type}"`);
    const key = JSON.stringify(root.selected.key);
    this.before = `{${[...typenames(roots.slice(0, place)), `${key}:`].join()}`;
    this.after = `${typenames(roots.slice(place + 1))
      .map((text) => `,${text}`)
      .join('')}}`;
  }

  /** The JSON text of the data, by that of the field. */
  dataOf(text: string): string {
    return this.before + text + this.after;
  }

  /** The answer when the plan has failed, with errors in the places in which graphql-js has them. */
  failed(error: unknown): { errors: readonly GraphQLError[]; data: { [key: string]: unknown } | null } {
    const { selected, definition } = this.root;
    if (error instanceof PlanFailure) return { errors: error.errors, data: this.dataWith(error.value) };
    const errors = [locatedError(error, selected.nodes, [selected.key])];
    return { errors, data: isNonNullType(definition.type) ? null : this.dataWith(null) };
  }

  private dataWith(value: unknown): { [key: string]: unknown } {
    const { selected } = this.root;
    return Object.fromEntries(this.roots.map((one) => [one.key, one === selected ? value : this.type]));
  }
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
