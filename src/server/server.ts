import type { ApolloServerPlugin } from '@apollo/server';
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { loadDevelopmentKey, mintToken } from '../auth/development-key.js';
import { parseDuration } from '../auth/duration.js';
import { READ_WRITE } from '../auth/roles.js';
import { developmentVerifier, issuerVerifier, passwordVerifier, type Verifier } from '../auth/verifier.js';
import { type Config, engineOptions, isDevelopment, usesDevelopmentKey } from '../config.js';
import { requireSafe } from '../config/safety.js';
import { createReader } from '../domain/create-input.js';
import { isLoopback } from '../platform/loopback.js';
import { buildApollo } from '../graphql/apollo.js';
import type { GraphQLContext } from '../graphql/context.js';
import { DocumentGuard } from '../graphql/document-guard.js';
import { Executor } from '../graphql/core/executor.js';
import { ChangeReader } from '../graphql/live/change-reader.js';
import { buildCallRecordsSchema } from '../graphql/schema.js';
import { registerRest } from '../rest/routes.js';
import { openStore, type Store } from '../store/store.js';
import { readSyncStatus } from '../sync/status.js';
import { Sync } from '../sync/sync.js';
import { AccessLog } from './access-log.js';
import { boundedExecution } from './bounded-execution.js';
import { refuseExpectations, refuseWhileClosing } from './broken-requests.js';
import { keepPruned } from './change-log-pruning.js';
import { finishErasures, keepForgotten } from './forgetting.js';
import { keepSummed } from './kept-sums.js';
import { keepJudged } from './quality-rules.js';
import { compressAnswers, varyByCoding } from './compression.js';
import { watchConnections } from './connections.js';
import { developmentKeyFile } from './development-key-file.js';
import { registerCallsPage, signInOf } from './calls-page.js';
import { Entrance } from './entrance.js';
import { registerExplorer } from './explorer.js';
import { FIRST_OPERATIONS } from './first-operations.js';
import { ANSWER_HEADERS, registerGraphQL } from './graphql-door.js';
import { type LiveTimes, openLive } from './live/open-live.js';
import { GENERATED_CALLS, registerGeneratedCalls } from './generated-calls.js';
import { registerGraphReceiver } from './graph-receiver.js';
import { registerHealth } from './health.js';
import { Metrics } from './metrics.js';
import type { Neighbours } from './neighbours.js';
import { logRequests, newApp } from './new-app.js';
import type { MintToken } from './page-token.js';
import { rateLimit } from './rate-limit.js';
import { OperationHashes } from './operation-hashes.js';
import { logCut, type Observer, openLog } from './request-log.js';
import { closeSlowSenders } from './slow-senders.js';
import { UnderWay } from './under-way.js';

const SANDBOX_ORIGINS = ['https://studio.apollographql.com', 'https://sandbox.embed.apollographql.com'];
/** Headers that pages of other origins may read, beside those that they see anyway. */
const EXPOSED_HEADERS = [
  ...['request-id', 'client-request-id', 'retry-after', 'location', 'etag', 'odata-version', 'odata-entityid'],
  ...['preference-applied', 'www-authenticate'],
];
const EXPLORING_TOKEN_LIFE = '24h';

/** A server that listens. */
export interface RunningServer {
  /** Such as http://127.0.0.1:4000. */
  url: string;
  store: Store;
  /** A token for the explorer; null except in development. */
  token: string | null;
  /** Takes no new requests, finishes those under way, and closes the store. */
  close(): Promise<void>;
  /** Logs the requests that are still under way, for a caller that ends the process without waiting for them. */
  tellCut(): void;
}

/** Options of embedders. */
export interface ServerOptions {
  /** Plugins of Apollo Server. They see every operation: with them, cached ones go through Apollo Server, too. */
  plugins?: ApolloServerPlugin<GraphQLContext>[];
  live?: LiveTimes;
}

/**
 * Opens the store, migrates it and serves. Rejects with one line that says what to do if a setting or the database is
 * wrong. `neighbours`: the other processes on the same port.
 */
export async function startServer(
  config: Config,
  neighbours?: Neighbours,
  options: ServerOptions = {},
): Promise<RunningServer> {
  requireSafe(config);
  const key = usesDevelopmentKey(config) ? await loadDevelopmentKey(developmentKeyFile(config)) : null;
  const verifier = key
    ? developmentVerifier(key)
    : issuerVerifier({
        issuer: config.authIssuer ?? undefined,
        audience: config.authAudience ?? undefined,
        jwksUri: config.authJwksUri ?? undefined,
      });
  const passwords = key && config.basicAuth ? passwordVerifier(key) : null;
  const mintExploring: MintToken | null =
    key && isDevelopment(config)
      ? () => mintToken(key, { roles: [READ_WRITE], expiresInSeconds: parseDuration(EXPLORING_TOKEN_LIFE) })
      : null;
  const store = await openStore(config.databaseUrl, { ...engineOptions(config), forgetsBeside: true });
  try {
    const underWay = new UnderWay();
    const entrance = new Entrance(config, underWay);
    const sync = openSync(config, store);
    const parts = { ...options, store, mintExploring, entrance, underWay, sync, passwords };
    const app = await assemble(config, { ...parts, verifier, neighbours });
    return await listen(config, { ...parts, app });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * All routes, on a listener that does not listen yet; nothing is fetched from Microsoft Graph. `options` may be just a
 * function that makes the tokens of the explorer's pages; null for no tokens.
 */
export function buildApp(
  config: Config,
  store: Store,
  verifier: Verifier,
  options: MintToken | null | (ServerOptions & { mintToken?: MintToken }),
): Promise<FastifyInstance> {
  const { mintToken = null, ...rest } = typeof options === 'function' ? { mintToken: options } : { ...options };
  const sync = openSync(config, store);
  const underWay = new UnderWay();
  const entrance = new Entrance(config, underWay);
  return assemble(config, { store, verifier, mintExploring: mintToken, ...rest, entrance, underWay, sync });
}

/** The sync with Microsoft Graph; null if the settings name no tenant. */
function openSync({ graph, logLevel }: Config, store: Store): Sync | null {
  return graph && new Sync({ config: graph, store, log: openLog(logLevel) });
}

interface Parts extends ServerOptions {
  store: Store;
  verifier: Verifier;
  mintExploring: MintToken | null;
  neighbours?: Neighbours;
  entrance: Entrance;
  underWay: UnderWay;
  sync: Sync | null;
  /** The verifier of HTTP Basic; null if it is off. */
  passwords?: Verifier | null;
}

async function assemble(
  config: Config,
  { store, verifier, mintExploring, neighbours, entrance, underWay, plugins = [], sync, ...parts }: Parts,
): Promise<FastifyInstance> {
  const { live: times = {}, passwords = null } = parts;
  const metrics = new Metrics();
  const app = newApp(config, metrics, entrance);
  for (const name of ['operationName', 'caller', 'errorCodes', 'isStream', 'reads']) app.decorateRequest(name, null);
  const accessLog = config.accessLog === null ? null : new AccessLog(config.accessLog, app.log);
  app.addHook('onClose', async () => accessLog?.close());
  const hashes = new OperationHashes();
  const observe: Observer = (answered) => metrics.observe(answered);
  logRequests(app, { underWay, hashes, observe, accessLog });
  const origins = [...config.corsOrigins, ...(isDevelopment(config) ? SANDBOX_ORIGINS : [])];
  await allowOrigins(app, origins);
  if (config.compression) compressAnswers(app);
  const isClosing = refuseWhileClosing(app);
  refuseExpectations(app);
  const executor = new Executor(await buildCallRecordsSchema());
  const guard = new DocumentGuard(config.limits);
  const apollo = buildApollo(executor.schema, config.limits, [guard.plugin, ...plugins], executor);
  await apollo.start();
  app.addHook('onClose', () => apollo.stop());
  registerHealth(app, store);
  const readStatus = sync && (() => readSyncStatus(store.sync));
  if (sync && readStatus) {
    metrics.tellSync(sync.client, readStatus);
    await registerGraphReceiver(app, store.sync, () => sync.wake());
  }
  metrics.register(app, store, neighbours);
  await registerPages(app, config, { store, verifier, mintToken: isLoopback(config.host) ? mintExploring : null });
  const spend = rateLimit(config.limits.rateLimit, store.addSpending ?? neighbours?.addSpending);
  const door = { store, verifier, limits: config.limits, spend, watchesReads: accessLog !== null };
  const graphql = {
    ...door,
    changes: new ChangeReader(store, times.checkpointAfterMs),
    apollo: boundedExecution(apollo, guard, config.limits),
    executor,
    guard,
    answersFromPlans: plugins.length === 0,
    tellsTiming: config.serverTiming,
    ...(readStatus && { readSyncStatus: readStatus }),
  };
  const subscriptions = metrics.subscriptions(config.limits);
  const streams = { core: graphql, verifier, subscriptions, hashes, accessLog, origins, isClosing, times };
  const { live, upgrade } = openLive(app, config, streams);
  await registerGraphQL(app, graphql, live);
  await registerRest(app, { ...door, passwords, schema: executor.schema, readCreate: createReader(executor.schema) });
  const end = closeSlowSenders(app.server, config, underWay);
  app.addHook('onClose', async () => end());
  const told = { log: app.log, headers: laneHeaders(config), compresses: config.compression };
  entrance.open({ ...told, door: graphql, observe, isClosing, underWay, hashes, accessLog }, upgrade);
  return app;
}

/** What pages of other origins may send and read. */
async function allowOrigins(app: FastifyInstance, origin: string[]): Promise<void> {
  await app.register(cors, {
    origin,
    // The REST door says for each of its paths which methods it offers.
    methods: ['GET', 'HEAD', 'POST'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 600,
    // An OPTIONS request that is not a preflight reaches the door, whose errors have their own shape.
    strictPreflight: false,
  });
}

/** The pages for people. */
async function registerPages(
  app: FastifyInstance,
  config: Config,
  { store, verifier, mintToken }: Pick<Parts, 'store' | 'verifier'> & { mintToken: MintToken | null },
): Promise<void> {
  registerExplorer(app, { endpoint: '/graphql', mintToken, operations: FIRST_OPERATIONS });
  registerCallsPage(app, {
    endpoint: '/graphql',
    mintToken,
    signIn: signInOf(config),
    fill: mintToken && GENERATED_CALLS,
  });
  if (mintToken) await registerGeneratedCalls(app, { store, verifier });
}

/** The headers that Fastify's hooks add to other responses. */
function laneHeaders({ compression }: Config): Record<string, string> {
  return {
    ...ANSWER_HEADERS,
    ...(compression && { vary: varyByCoding(ANSWER_HEADERS.vary) }),
    'access-control-expose-headers': EXPOSED_HEADERS.join(', '),
  };
}

async function listen(
  config: Config,
  { app, store, mintExploring, entrance, underWay, sync }: Omit<Parts, 'verifier'> & { app: FastifyInstance },
): Promise<RunningServer> {
  await finishErasures(store, { log: app.log, signal: new AbortController().signal });
  const endConnections = watchConnections(app.server as ReturnType<Entrance['serverFactory']>, underWay);
  await app.listen({ host: config.host, port: config.port }).catch((error: NodeJS.ErrnoException) => {
    const place = `HOST=${config.host} PORT=${config.port}`;
    throw new Error(`${place}: cannot listen there (${error.code ?? error.message}); set another.`, { cause: error });
  });
  await entrance.listenOnOthers(app);
  const address = app.server.address();
  const port = typeof address === 'object' && address ? address.port : config.port;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  const closing = new AbortController();
  const pruning = keepPruned(store, config.changeLogDays, { log: app.log, signal: closing.signal });
  const judging = keepJudged(store, { log: app.log, signal: closing.signal });
  const summing = keepSummed(store.statistics, { log: app.log, signal: closing.signal });
  const forgetting = keepForgotten(store, { log: app.log, signal: closing.signal });
  const syncing = sync?.run(closing.signal);
  const close = async () => {
    app.log.info('closing');
    closing.abort();
    const closed = endConnections();
    await app.close();
    closed();
    await Promise.all([pruning, judging, summing, forgetting, syncing]);
    await store.close();
    app.log.info('closed');
  };
  const tellCut = () => {
    const cut = underWay.told();
    for (const one of cut) logCut(app.log, one);
    app.log.warn({ cut: cut.length }, 'closed');
  };
  const protocol = config.tlsCert === null ? 'http' : 'https';
  const token = (await mintExploring?.()) ?? null;
  return { url: `${protocol}://${host}:${port}`, store, token, close, tellCut };
}
