import { isNativeError } from 'node:util/types';

/** Graph refused a request: repeating it soon would not change that. */
export class GraphRefusal extends Error {
  constructor(
    /** The HTTP status; 0 if the response itself cannot be used. */
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'GraphRefusal';
  }
}

/** A request that failed on its way, however often it was sent. Other requests may succeed. */
export class GraphUnreachable extends Error {
  override readonly name: string = 'GraphUnreachable';
}

/** A record whose requests Graph throttled each time, although they were within its budget. */
export class GraphThrottled extends GraphUnreachable {
  override readonly name = 'GraphThrottled';
}

/** Graph, or the issuer of its tokens, does not let this application in now. That concerns all requests. */
export class GraphUnavailable extends Error {
  override readonly name = 'GraphUnavailable';
}

/** One line about an error, with its cause, which fetch hides one level below. */
export function reasonOf(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  const { cause } = error;
  const below = isNativeError(cause) ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : null;
  return (below === null ? error.message : `${error.message} (${below})`).replace(/\s+/g, ' ').slice(0, 500);
}
