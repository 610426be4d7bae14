/**
 * Calls `tell` once if standard output cannot be written to. A reader that stops early, as `head` does, is not a
 * failure.
 */
export function onOutputFailure(tell: (error: Error) => void): void {
  let told = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!told && error.code !== 'EPIPE') tell(error);
    told = true;
  });
}
