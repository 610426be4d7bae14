import type { RecordRow } from '../../store/rows.js';
import type { GraphQLContext } from '../context.js';

/**
 * What a plan did that must not be done again when graphql-js does the same: there is one field to pay for, and one
 * record to create. What was paid or refused, created or not, stays so.
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

  /** For whoever tries next with the same context. */
  leaveOutcomes(): void {
    const { context, spent, created } = this;
    context.spend = spent ? () => spent : this.spend;
    context.create = created ? () => created : this.create;
  }
}
