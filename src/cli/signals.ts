const ENDING = ['SIGTERM', 'SIGINT'] as const;

/** Resolves at the first signal to end a server. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => ENDING.forEach((signal) => process.once(signal, () => resolve())));
}

/**
 * From now on such signals are ignored, as the process is ending already. Terminals and supervisors signal a whole
 * process group: each process gets the signal once by itself, and once more from the parent that passes it on.
 */
export function passOverSignals(): void {
  ENDING.forEach((signal) => process.on(signal, () => undefined));
}
