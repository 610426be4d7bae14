import { type Config, isDevelopment, usesDevelopmentKey } from '../config.js';
import { isLoopback } from '../platform/loopback.js';

/** Throws one line for a combination of settings that would be unsafe. */
export function requireSafe(config: Config): void {
  const [exposure] = exposures(config);
  if (exposure === undefined || config.allowDevelopmentKey) return;
  throw new Error(
    `${exposure} needs AUTH_ISSUER or AUTH_JWKS_URI; set ALLOW_DEVELOPMENT_KEY=true to use the development key all the same.`,
  );
}

/** Why the development key is not safe with these settings: each setting, and what it means. */
function exposures(config: Config): string[] {
  if (!usesDevelopmentKey(config)) return [];
  const { host, nodeEnv } = config;
  return [
    ...(isLoopback(host) ? [] : [`HOST=${host}: a server that others can reach`]),
    ...(isDevelopment(config) ? [] : [`NODE_ENV=${nodeEnv}: production, which is all but development and test,`]),
  ];
}

/** What is allowed, but should be known to whoever starts the server: one line each. */
export function warnings(config: Config): string[] {
  if (usesDevelopmentKey(config)) return exposures(config).map(allowedAllTheSame);
  const { authIssuer, authAudience } = config;
  return [
    ...(authIssuer === null
      ? ['AUTH_ISSUER is not set, so tokens of every issuer that signs with a key of AUTH_JWKS_URI count here.']
      : []),
    ...(authAudience === null
      ? ['AUTH_AUDIENCE is not set, so tokens that the issuer made for other services count here too.']
      : []),
  ];
}

function allowedAllTheSame(exposure: string): string {
  return `${exposure} trusts the development key, as ALLOW_DEVELOPMENT_KEY=true says: who can read its file may do everything. Set AUTH_ISSUER.`;
}
