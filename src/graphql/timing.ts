import type { Store } from '../store/store.js';

/** Milliseconds of one request, by their use. */
export interface Timing {
  /** Reading and validating the document; 0 if it is cached. */
  parse: number;
  /** Variables and the plan of the operation. The plan is made once. */
  plan: number;
  /** Waiting for the store. */
  sql: number;
}

export function newTiming(): Timing {
  return { parse: 0, plan: 0, sql: 0 };
}

/** The store, with the time of its answers added to `sql`. */
export function timedStore(store: Store, timing: Timing): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        const start = performance.now();
        const result: unknown = Reflect.apply(member, target, args);
        if (!(result instanceof Promise)) return result;
        return result.finally(() => (timing.sql += performance.now() - start));
      };
    },
  });
}
