import { isUnavailable } from '../../domain/errors.js';
import type { RecordRow } from '../../store/rows.js';
import type { GraphQLContext } from '../context.js';
import { Loaders } from '../loaders.js';

/**
 * What a plan did that must not be done again when graphql-js does the same: there is one field to pay for, and one
 * record to create. What was paid or refused, created or not, stays so. Nor is a store waited for again that could not be
 * used: each time takes seconds.
 */
export class Attempt {
  private readonly spend: GraphQLContext['spend'];
  private readonly create: GraphQLContext['create'];
  private spent: Promise<void> | null = null;
  private created: Promise<RecordRow> | null = null;

  /** Takes note of what is done in this context, which is that of one request. */
  constructor(private readonly context: GraphQLContext) {
    const { spend, create } = context;
    this.spend = spend;
    this.create = create;
    // Changed in place: a copy costs more than all of this.
    context.spend = (points) => (this.spent = spend(points));
    context.create = (input, options) => (this.created = create(input, options));
  }

  /** For whoever tries next with the same context, after what the plan has failed with. */
  leaveOutcomes(failure: unknown): void {
    const { context, spent, created } = this;
    context.spend = spent ? () => spent : this.spend;
    context.create = created ? () => created : this.create;
    if (!isUnavailable(failure)) return;
    context.store = new Proxy(context.store, { get: () => () => Promise.reject(failure) });
    context.loaders = new Loaders(context.store, context.caller.visibleTo);
  }
}
