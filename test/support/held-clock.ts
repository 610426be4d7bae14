import { jest } from '@jest/globals';

/**
 * Holds the clock and the timers of the budgets of a second, so that no second ends between requests of a test, however
 * busy the machine is. Requests need no other timers; `jest.advanceTimersByTime` lets time pass.
 */
export function holdClock(): void {
  jest.useFakeTimers({
    doNotFake: [
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
    ],
  });
}
