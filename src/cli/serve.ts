import { type Config, usesDevelopmentKey } from '../config.js';
import { startServer } from '../server/server.js';

/** Serves until SIGTERM or SIGINT; requests under way are finished first, within the time set. */
export async function serve(config: Config): Promise<void> {
  const server = await startServer(config);
  // Before anybody can read that the server is ready, and ask it to stop.
  const asked = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  const lines = [
    `callrecords is ready at ${server.url}`,
    `  explore   ${server.url}/            (Apollo Sandbox; ${server.url}/explorer works without the internet)`,
    `  GraphQL   ${server.url}/graphql`,
    `  REST      ${server.url}/v1.0/communications/callRecords  (described at ${server.url}/v1.0/openapi.json)`,
    `  health    ${server.url}/health/ready  metrics ${server.url}/metrics`,
    `  data      ${server.store.location}`,
    ...(server.token ? [`  token     ${server.token}`] : []),
    ...(usesDevelopmentKey(config) ? [] : [`  tokens of ${config.authIssuer ?? config.authJwksUri ?? ''}`]),
  ];
  console.log(lines.join('\n'));
  if (!usesDevelopmentKey(config) && config.authAudience === null) {
    console.error(
      'warning: AUTH_AUDIENCE is not set, so tokens that the issuer made for other services count here too.',
    );
  }
  await asked;
  const timer = setTimeout(() => process.exit(1), config.shutdownTimeoutMs);
  await server.close();
  clearTimeout(timer);
}
