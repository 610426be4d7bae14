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
import type { ByteText } from '../../platform/byte-text.js';
import { VariableCoercer } from '../core/coerce-variables.js';
import { fragmentsOf } from '../operation-size.js';
import { connectionPlan } from './connection-plan.js';
import { entitiesPlan } from './entities-plan.js';
import { createPlan } from './create-plan.js';
import { asNotCompiled, NotCompiled } from './not-compiled.js';
import { begunBudget, type Plan, PlanFailure, type Request, type Root, type Written } from './plan.js';
import { recordPlan } from './record-plan.js';
import { statisticsPlan } from './statistics-plan.js';
import { type Selected, selectedRoots } from '../look-ahead.js';
import type { RecordJsonCache } from './record-json-cache.js';

/** The fields that are compiled, by root type. */
const PLANS: Record<string, Record<string, (root: Root) => Plan>> = {
  Query: {
    callRecord: recordPlan,
    callRecords: connectionPlan,
    callRecordStatistics: statisticsPlan,
    _entities: entitiesPlan,
  },
  Mutation: { createCallRecord: createPlan },
};

/** With more variables that decide what is selected, one operation would have too many plans. */
const CONDITIONS_LIMIT = 4;

/** The plans of one operation: one for each outcome of `@skip` and `@include`. */
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

  /** The compiled root for these variables. Throws a `NotCompiled` if graphql-js executes. */
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
      if (fields.length === 0) return new NotCompiled('no root fields');
      const planned = fields.map((selected) => {
        const definition = type.getFields()[selected.name];
        const planner = Object.hasOwn(planners, selected.name) ? planners[selected.name] : undefined;
        if (!definition || !planner) throw new NotCompiled(`${type.name}.${selected.name}`);
        // Other fields share statements by the request's loaders, and an error of one field does not affect the others.
        if (fields.length > 1 && planner !== connectionPlan) throw new NotCompiled(`${fields.length} root fields`);
        const root = { scope, selected, definition, isOneOfMany: fields.length > 1 };
        return { root, plan: planner(root) };
      });
      return new CompiledRoot(type.name, roots, planned);
    } catch (error) {
      if (error instanceof NotCompiled) return error;
      // An error in a directive's arguments is left to graphql-js, which reports it at its place.
      if (error instanceof GraphQLError) return new NotCompiled(error.message);
      throw error;
    }
  }
}

interface PlannedRoot {
  root: Root;
  plan: Plan;
}

/** The compiled fields of a root type, and the whole answer, including `__typename` if it is selected at the root. */
export class CompiledRoot {
  /** The constant texts before each of the fields, and after the last one. */
  private readonly constants: readonly ByteText[];

  constructor(
    private readonly type: string,
    private readonly roots: readonly Selected[],
    private readonly fields: readonly PlannedRoot[],
  ) {
    let constant = '{';
    const constants = roots.flatMap(({ key, name }, index) => {
      constant += `${index === 0 ? '' : ','}${JSON.stringify(key)}:`;
      if (name === '__typename') constant += JSON.stringify(type);
      return name === '__typename' ? [] : [constant, (constant = '')].slice(0, 1);
    });
    this.constants = [...constants, `${constant}}`];
  }

  /** Plans the whole root; the returned function gives the data. */
  plan(request: Request): () => Promise<Written> {
    const [only, ...others] = this.fields as [PlannedRoot, ...PlannedRoot[]];
    if (others.length > 0) return this.planMany(request);
    const read = only.plan(request);
    return async () => {
      const written = await read();
      const [before, after] = this.constants as [ByteText, ByteText];
      return typeof written === 'string' ? before + written + after : [toBytes(before), ...written, toBytes(after)];
    };
  }

  /** Each field is held as bytes once it is written. */
  private planMany(request: Request): () => Promise<Written> {
    const budget = begunBudget(request);
    const reads = this.fields.map(({ root, plan }) => ({ root, read: planOfMany(plan, request) }));
    return async () => {
      const written = await Promise.all(
        reads.map(async ({ root: { selected }, read }) => {
          try {
            return await budget.field(async () => {
              const pieces = toPieces(await read());
              budget.write(pieces.reduce((bytes, { length }) => bytes + length, 0));
              return pieces;
            });
          } catch (error) {
            // The answer's data is null without this field.
            throw asNotCompiled(error) ?? new PlanFailure([locatedError(error, selected.nodes, [selected.key])], null);
          }
        }),
      );
      const [first, ...behind] = this.constants.map(toBytes) as [Buffer, ...Buffer[]];
      return [first, ...written.flatMap((pieces, index) => [...pieces, behind[index] as Buffer])];
    };
  }

  /** The answer after the plan has failed. Its errors are at the places where graphql-js has them. */
  failed(error: unknown): { errors: readonly GraphQLError[]; data: { [key: string]: unknown } | null } {
    const [{ root }, ...others] = this.fields as [PlannedRoot, ...PlannedRoot[]];
    const { selected, definition } = root;
    if (error instanceof PlanFailure)
      return { errors: error.errors, data: others.length > 0 ? null : this.dataWith(selected, error.value) };
    const errors = [locatedError(error, selected.nodes, [selected.key])];
    return { errors, data: isNonNullType(definition.type) ? null : this.dataWith(selected, null) };
  }

  private dataWith(selected: Selected, value: unknown): { [key: string]: unknown } {
    return Object.fromEntries(this.roots.map((one) => [one.key, one === selected ? value : this.type]));
  }
}

/** With several fields, graphql-js reports wrong arguments and their fields. */
function planOfMany(plan: Plan, request: Request): () => Promise<Written> {
  try {
    return plan(request);
  } catch (error) {
    throw asNotCompiled(error) ?? new NotCompiled('wrong arguments of one of many fields');
  }
}

const toBytes = (text: ByteText): Buffer => Buffer.from(text, 'latin1');

function toPieces(written: Written): readonly Buffer[] {
  return typeof written === 'string' ? [toBytes(written)] : written;
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
