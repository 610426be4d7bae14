import { locatedError } from 'graphql';
import { requireRead } from '../../auth/caller.js';
import { pageCost } from '../../domain/cost.js';
import type { ListQuery } from '../../store/query/read-records.js';
import { type CallRecordsArgs, isFirstGiven, listOf as toList } from '../connection.js';
import type { GraphQLContext } from '../context.js';
import type { Selected } from '../look-ahead.js';
import { Pace } from '../pace.js';
import { type Answered, connectionFields, connectionWriter, pageInfoOf } from './connection-writer.js';
import { ListsWithin } from './lists-within.js';
import { argumentsReader, pay, type Plan, type Root } from './plan.js';

/** Plans `callRecords`; answers like `CallRecordResolver` and `toConnection`. */
export function connectionPlan(root: Root): Plan {
  const fields = connectionFields(root.scope, root.selected);
  const within = new ListsWithin(root.scope);
  const { shape } = within;
  const asked = new Asked(root, fields);
  const write = connectionWriter(root.scope, fields, shape);
  const readArguments = argumentsReader<CallRecordsArgs>(root);
  return (request) => {
    const { context, variables } = request;
    const args = readArguments(request);
    const records = Math.max(args.first ?? 0, args.last ?? 0);
    shape.requireReach(request, records);
    const fill = within.prepare(request);
    return async () => {
      requireRead(context.caller);
      const { columns } = shape;
      const list = { ...toList(args, context, isFirstGiven(root.selected.nodes[0], variables)), columns };
      await pay(request, pageCost(list.page.limit));
      if (root.isOneOfMany) await Pace.shared.admit(list.page.limit);
      const cache = shape.cacheFor(request, root.scope.cache);
      const page = await context.store.listTexts(list, cache.has);
      const sessions = await shape.readSessions(request, page.rows);
      const beside = await asked.beside(list, context);
      return fill(write({ ...page, list, limits: context.limits, cache, sessions, ...beside }), page.rows.length);
    };
  };
}

/** The parts of a page beside its records. Each of them costs a statement. */
class Asked {
  private readonly count: Selected | undefined;
  private readonly pageInfo: Set<string>;

  constructor(
    private readonly root: Root,
    fields: Selected[],
  ) {
    this.count = fields.find(({ name }) => name === 'totalCount');
    this.pageInfo = pageInfoOf(root.scope, fields);
  }

  async beside(list: ListQuery, { store }: GraphQLContext): Promise<Pick<Answered, 'hasOutside' | 'totalCount'>> {
    const { fromEnd, after, before } = list.page;
    const edge = fromEnd ? before : after;
    const asksOutside = edge !== null && this.pageInfo.has(fromEnd ? 'hasNextPage' : 'hasPreviousPage');
    return {
      hasOutside: asksOutside && (await store.hasOutside(list, edge)),
      totalCount: this.count ? await this.counted(this.count, () => store.count(list)) : 0,
    };
  }

  /** A failed count is an error of its own field. */
  private async counted({ key, nodes }: Selected, count: () => Promise<number>): Promise<number> {
    try {
      return await count();
    } catch (error) {
      throw locatedError(error, nodes, [this.root.selected.key, key]);
    }
  }
}
