import { type Config, isDevelopment, usesDevelopmentKey } from '../config.js';
import { type RunningServer, startServer } from '../server/server.js';

/** Serves until SIGTERM or SIGINT; requests under way are finished first, within the time set. */
export async function serve(config: Config): Promise<void> {
  const server = await startServer(config);
  // Before it is announced: whoever reads that line may send the signal at once.
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  console.log(isDevelopment(config) ? describe(server) : toLogLine(server, config));
  if (!usesDevelopmentKey(config) && config.authAudience === null) {
    console.error(
      'warning: AUTH_AUDIENCE is not set, so tokens that the issuer made for other services count here too.',
    );
  }
  await stopped;
  const timer = setTimeout(() => process.exit(1), config.shutdownTimeoutMs);
  await server.close();
  clearTimeout(timer);
}

/** For the person at the terminal. */
function describe({ url, store, token }: RunningServer): string {
  return [
    `callrecords is ready at ${url}`,
    `  explore   ${url}/            (Apollo Sandbox; ${url}/explorer works without the internet)`,
    `  GraphQL   ${url}/graphql`,
    `  REST      ${url}/v1.0/communications/callRecords  (described at ${url}/v1.0/openapi.json)`,
    `  health    ${url}/health/ready  metrics ${url}/metrics`,
    `  data      ${store.location}`,
    ...(token ? [`  token     ${token}`] : []),
  ].join('\n');
}

/** For whoever collects the log, in which every line is JSON. */
function toLogLine({ url, store }: RunningServer, config: Config): string {
  return JSON.stringify({
    level: 30,
    time: Date.now(),
    url,
    graphql: `${url}/graphql`,
    rest: `${url}/v1.0/communications/callRecords`,
    health: `${url}/health/ready`,
    metrics: `${url}/metrics`,
    data: store.location,
    issuer: config.authIssuer ?? config.authJwksUri ?? undefined,
    msg: 'ready',
  });
}
