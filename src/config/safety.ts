import { type Config, usesDevelopmentKey } from '../config.js';
import { isLoopback } from '../domain/loopback.js';

/** Refuses combinations that would be unsafe. Throws one line. */
export function requireSafe(config: Config): void {
  if (usesDevelopmentKey(config) && !isLoopback(config.host) && !config.allowDevelopmentKey) {
    throw new Error(
      `HOST=${config.host}: a server that others can reach needs AUTH_ISSUER or AUTH_JWKS_URI; set ALLOW_DEVELOPMENT_KEY=true to use the development key all the same.`,
    );
  }
}
