const ENDING = ['SIGTERM', 'SIGINT'] as const;

/** Resolves at the first signal that asks a server to end. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => ENDING.forEach((signal) => process.once(signal, () => resolve())));
}

/**
 * From now on such signals change nothing, as the process is ending: who sends one to a whole group, as terminals and
 * supervisors do, sends it to the parent too, which passes it on.
 */
export function passOverSignals(): void {
  ENDING.forEach((signal) => process.on(signal, () => undefined));
}
