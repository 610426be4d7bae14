import { isNativeError } from 'node:util/types';

/** An answer of Graph by which a request is refused: asking the same again soon changes nothing. */
export class GraphRefusal extends Error {
  constructor(
    /** The HTTP status; 0 where the answer itself is not to be used. */
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'GraphRefusal';
  }
}

/** A request that came to nothing on its way, however often it was sent: others may come through. */
export class GraphUnreachable extends Error {
  override readonly name: string = 'GraphUnreachable';
}

/** A record whose requests Graph has throttled each time, though its budget was kept. */
export class GraphThrottled extends GraphUnreachable {
  override readonly name = 'GraphThrottled';
}

/** Graph, or who issues its tokens, does not let this application in now: not a matter of one request. */
export class GraphUnavailable extends Error {
  override readonly name = 'GraphUnavailable';
}

/** One line about an error, with the reason below it where fetch hides it. */
export function reasonOf(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  const { cause } = error;
  const below = isNativeError(cause) ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : null;
  return (below === null ? error.message : `${error.message} (${below})`).replace(/\s+/g, ' ').slice(0, 500);
}
