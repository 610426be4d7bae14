/**
 * Thrown where something is not as the compiled path knows it to be: graphql-js then executes the operation, and
 * decides what the answer is.
 */
export class NotCompiled extends Error {
  constructor(readonly reason: string) {
    super(reason);
    this.name = 'NotCompiled';
  }
}
