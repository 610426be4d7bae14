import type { RecordRow } from '../../store/rows.js';
import type { GraphQLContext } from '../context.js';

/**
 * What a plan did that must not be done again when graphql-js does the same: there is one field to pay for, and one
 * record to create. What was paid or refused, created or not, stays so.
 */
export class Attempt {
  readonly context: GraphQLContext;
  private spent: Promise<void> | null = null;
  private created: Promise<RecordRow> | null = null;

  constructor(private readonly original: GraphQLContext) {
    this.context = {
      ...original,
      spend: (points) => (this.spent = original.spend(points)),
      create: (input, options) => (this.created = (original.create ?? storing(original))(input, options)),
    };
  }

  /** For whoever tries next with the same context. */
  leaveOutcomes(): void {
    const { spent, created } = this;
    if (spent) this.original.spend = () => spent;
    if (created) this.original.create = () => created;
  }
}

function storing({ store }: GraphQLContext): NonNullable<GraphQLContext['create']> {
  return (input, options) => store.createRow(input, options);
}
