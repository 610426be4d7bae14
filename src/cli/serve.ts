import cluster from 'node:cluster';
import { type Config, isDevelopment } from '../config.js';
import { warnings } from '../config/safety.js';
import { type RunningServer, startServer } from '../server/server.js';
import { passOverSignals, untilSignal } from './signals.js';
import { callPrimary, neighboursOf, type Ready, type WorkerCalls } from './worker-calls.js';
import { serveByWorkers } from './workers.js';

/** Serves until SIGTERM or SIGINT. Then requests under way are finished, within the configured time. */
export async function serve(config: Config): Promise<void> {
  if (cluster.isWorker) await serveAsWorker(config);
  else if (config.workers > 1) await serveByWorkers(config, (ready, workers) => announce(config, ready, workers));
  else await serveAlone(config);
}

async function serveAlone(config: Config): Promise<void> {
  const ended = untilSignal();
  const server = await startServer(config);
  announce(config, readyOf(server));
  await ended;
  await close(config, server);
}

/** A worker prints nothing to the terminal: the process that started it prints for all. */
async function serveAsWorker(config: Config): Promise<void> {
  const ended = untilSignal();
  const calls: WorkerCalls = { metrics: async () => ({ metrics: [], rateLimited: [] }) };
  const primary = callPrimary(calls);
  try {
    const server = await startServer(config, neighboursOf(primary, calls));
    await primary.ready(readyOf(server));
    await ended;
    await close(config, server);
  } catch (error) {
    await primary.failed((error as Error).message);
    process.exitCode = 1;
  }
  cluster.worker?.disconnect();
}

function readyOf({ url, token, store }: RunningServer): Ready {
  return { url, token, location: store.location };
}

async function close(config: Config, server: RunningServer): Promise<void> {
  passOverSignals();
  const timer = setTimeout(() => {
    server.tellCut();
    process.exit(1);
  }, config.shutdownTimeoutMs);
  await server.close();
  clearTimeout(timer);
}

function announce(config: Config, ready: Ready, workers: number[] = []): void {
  console.log(isDevelopment(config) ? describe(config, ready, workers) : toLogLine(ready, workers, config));
  warnings(config).forEach((warning) => console.error(`warning: ${warning}`));
}

/** What a person at the terminal reads at the start. */
function describe(config: Config, { url, location, token }: Ready, workers: number[]): string {
  return [
    `callrecords is ready at ${url}`,
    `  calls     ${url}/calls       (to look rather than to query)`,
    `  explore   ${url}/            (Apollo Sandbox; ${url}/explorer works without the internet)`,
    `  GraphQL   ${url}/graphql`,
    `  REST      ${url}/v1.0/communications/callRecords  (described at ${url}/v1.0/openapi.json)`,
    `  health    ${url}/health/ready  metrics ${url}/metrics`,
    ...(workers.length > 0 ? [`  workers   ${workers.join(' ')}`] : []),
    `  data      ${location}`,
    ...clocks(config),
    ...(token ? [`  token     ${token}`] : []),
  ].join('\n');
}

/** The ages at which records are forgotten; empty if none is set. */
function clocks({ retentionDays, personalDetailDays }: Config): string[] {
  const told = [
    ...(retentionDays === null ? [] : [`records ${retentionDays} days after their end`]),
    ...(personalDetailDays === null ? [] : [`personal details of records ${personalDetailDays} days after their end`]),
  ];
  return told.length > 0 ? [`  forgets   ${told.join(', ')}`] : [];
}

/** The same for a log collector: every line is JSON. */
function toLogLine({ url, location }: Ready, workers: number[], config: Config): string {
  return JSON.stringify({
    level: 30,
    time: Date.now(),
    url,
    graphql: `${url}/graphql`,
    rest: `${url}/v1.0/communications/callRecords`,
    health: `${url}/health/ready`,
    metrics: `${url}/metrics`,
    workers: workers.length > 0 ? workers : undefined,
    data: location,
    retentionDays: config.retentionDays ?? undefined,
    personalDetailDays: config.personalDetailDays ?? undefined,
    issuer: config.authIssuer ?? config.authJwksUri ?? undefined,
    msg: 'ready',
  });
}
