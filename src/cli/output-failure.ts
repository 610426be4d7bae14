/**
 * Calls `tell` once if standard output cannot be written, whoever writes to it. A reader that stops early, as `head`
 * does, is no failure.
 */
export function onOutputFailure(tell: (error: Error) => void): void {
  let told = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!told && error.code !== 'EPIPE') tell(error);
    told = true;
  });
}
