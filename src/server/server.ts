import { randomUUID } from 'node:crypto';
import { type IncomingMessage, maxHeaderSize, type RequestListener, type ServerResponse } from 'node:http';
import type { ApolloServerPlugin } from '@apollo/server';
import cors from '@fastify/cors';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { loadDevelopmentKey, mintToken } from '../auth/development-key.js';
import { parseDuration } from '../auth/duration.js';
import { READ_WRITE } from '../auth/roles.js';
import { developmentVerifier, issuerVerifier, type Verifier } from '../auth/verifier.js';
import { type Config, engineOptions, isDevelopment, usesDevelopmentKey } from '../config.js';
import { requireSafe } from '../config/safety.js';
import { createReader } from '../domain/create-input.js';
import { isLoopback } from '../domain/loopback.js';
import { buildApollo } from '../graphql/apollo.js';
import type { GraphQLContext } from '../graphql/context.js';
import { DocumentGuard } from '../graphql/document-guard.js';
import { Executor } from '../graphql/core/executor.js';
import { buildCallRecordsSchema } from '../graphql/schema.js';
import { answerBadUrl } from '../rest/envelope.js';
import { registerRest, rewriteUrl } from '../rest/routes.js';
import { openStore, type Store } from '../store/store.js';
import { readSyncStatus } from '../sync/status.js';
import { Sync } from '../sync/sync.js';
import { boundedExecution } from './bounded-execution.js';
import { answerClientErrors, refuseExpectations, refuseWhileClosing } from './broken-requests.js';
import { keepPruned } from './change-log-pruning.js';
import { keepSummed } from './kept-sums.js';
import { keepJudged } from './quality-rules.js';
import { compressAnswers, varyByCoding } from './compression.js';
import { watchConnections } from './connections.js';
import { developmentKeyFile } from './development-key-file.js';
import { type MintToken, registerExplorer } from './explorer.js';
import { FIRST_OPERATIONS } from './first-operations.js';
import { ANSWER_HEADERS, registerGraphQL } from './graphql-door.js';
import { graphqlLane, type Lane } from './graphql-lane.js';
import { registerGraphReceiver } from './graph-receiver.js';
import { registerHealth } from './health.js';
import { Metrics } from './metrics.js';
import type { Neighbours } from './neighbours.js';
import { rateLimit } from './rate-limit.js';
import { OperationHashes } from './operation-hashes.js';
import { type Asked, logAnswered, logCut, type Observer, openLog } from './request-log.js';
import { closeSlowSenders, nodeTimeouts } from './slow-senders.js';
import { readTls } from './tls.js';
import { UnderWay } from './under-way.js';

const SANDBOX_ORIGINS = ['https://studio.apollographql.com', 'https://sandbox.embed.apollographql.com'];
/** Beyond those that a page of another origin sees anyway. */
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
  /** A token for exploring; null unless in development. */
  token: string | null;
  /** Takes no new requests, finishes those under way, closes the store. */
  close(): Promise<void>;
  /** Names in the log what is still under way, for who ends the process without waiting for it. */
  tellCut(): void;
}

/** What an embedder adds to a server. */
export interface ServerOptions {
  /** Of Apollo Server: they see every operation, which all go through Apollo Server then, known ones too. */
  plugins?: ApolloServerPlugin<GraphQLContext>[];
}

/**
 * Opens the store, migrates it and serves. Rejects with one line that says what to do if a setting or the database is
 * wrong. `neighbours`: what serves on the same port.
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
  const mintExploring: MintToken | null =
    key && isDevelopment(config)
      ? () => mintToken(key, { roles: [READ_WRITE], expiresInSeconds: parseDuration(EXPLORING_TOKEN_LIFE) })
      : null;
  const store = await openStore(config.databaseUrl, engineOptions(config));
  try {
    const underWay = new UnderWay();
    const sync = openSync(config, store);
    const app = await assemble(config, { ...options, store, verifier, mintExploring, neighbours, underWay, sync });
    return await listen(config, { app, store, mintExploring, underWay, sync });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * All routes on one listener that does not listen yet; records of Microsoft Graph are not fetched. `options` may be a
 * function alone, which makes the tokens of the exploring pages; null for none.
 */
export function buildApp(
  config: Config,
  store: Store,
  verifier: Verifier,
  options: MintToken | null | (ServerOptions & { mintToken?: MintToken }),
): Promise<FastifyInstance> {
  const { mintToken = null, plugins } = typeof options === 'function' ? { mintToken: options } : { ...options };
  const sync = openSync(config, store);
  return assemble(config, { store, verifier, mintExploring: mintToken, plugins, underWay: new UnderWay(), sync });
}

/** What brings records from Microsoft Graph, where the settings name a tenant. */
function openSync({ graph, logLevel }: Config, store: Store): Sync | null {
  return graph && new Sync({ config: graph, store, log: openLog(logLevel) });
}

interface Parts extends ServerOptions {
  store: Store;
  verifier: Verifier;
  mintExploring: MintToken | null;
  neighbours?: Neighbours;
  underWay: UnderWay;
  sync: Sync | null;
}

async function assemble(
  config: Config,
  { store, verifier, mintExploring, neighbours, underWay, plugins = [], sync }: Parts,
): Promise<FastifyInstance> {
  const metrics = new Metrics();
  const app = newApp(config, metrics);
  for (const name of ['operationName', 'caller', 'errorCodes']) app.decorateRequest(name, null);
  const hashes = new OperationHashes();
  const observe: Observer = (answered) => metrics.observe(answered);
  logRequests(app, { underWay, hashes, observe });
  await app.register(cors, {
    origin: [...config.corsOrigins, ...(isDevelopment(config) ? SANDBOX_ORIGINS : [])],
    // The REST door says for each of its paths what else is offered there.
    methods: ['GET', 'HEAD', 'POST'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 600,
    // OPTIONS that is no preflight is answered too, as the doors' errors have shapes of their own.
    strictPreflight: false,
  });
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
  const mintToken = isLoopback(config.host) ? mintExploring : null;
  registerExplorer(app, { endpoint: '/graphql', mintToken, operations: FIRST_OPERATIONS });
  const spend = rateLimit(config.limits.rateLimit, store.addSpending ?? neighbours?.addSpending);
  const door = { store, verifier, limits: config.limits, spend };
  const graphql = {
    ...door,
    apollo: boundedExecution(apollo, guard, config.limits),
    executor,
    answersFromPlans: plugins.length === 0,
    tellsTiming: config.serverTiming,
    ...(readStatus && { readSyncStatus: readStatus }),
  };
  await registerGraphQL(app, graphql);
  await registerRest(app, { ...door, readCreate: createReader(executor.schema) });
  openLane(app, { door: graphql, compresses: config.compression, observe, isClosing, underWay, hashes });
  watchArrivals(app, config, underWay);
  return app;
}

/** An app without routes. */
function newApp(config: Config, metrics: Metrics): FastifyInstance {
  return Fastify({
    ...serverOptions(config),
    loggerInstance: openLog(config.logLevel),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.limits.maxBodyBytes,
    trustProxy: config.trustProxy,
    rewriteUrl,
    // No key that a URL can hold is too long to be looked for.
    routerOptions: { maxParamLength: maxHeaderSize },
    frameworkErrors: answerBadUrl,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    // It is refused in the shape of each door instead.
    return503OnClosing: false,
    clientErrorHandler: answerClientErrors((codes) => metrics.refused(codes)),
    // No route has a schema: bodies are checked by what both doors share. To load the compilers takes a part of the start.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  }) as unknown as FastifyInstance;
}

/** What node's server is made with. */
function serverOptions(config: Config) {
  const tls = readTls(config);
  const timeouts = nodeTimeouts(config);
  return tls ? { https: { ...tls, ...timeouts } } : { http: timeouts };
}

/** Before the lane's listener and Fastify's: what they are given is under way. */
function watchArrivals(app: FastifyInstance, config: Config, underWay: UnderWay): void {
  for (const event of ['request', 'checkExpectation'])
    app.server.prependListener(event, (_request: IncomingMessage, answer: ServerResponse) => underWay.begin(answer));
  const end = closeSlowSenders(app.server, config, underWay);
  app.addHook('onClose', async () => end());
}

function noSchemas(): never {
  throw new Error('Routes have no schemas here.');
}

/** Puts the lane for GraphQL before Fastify's own listener, on the same server. */
function openLane(
  app: FastifyInstance,
  given: Pick<Lane, 'door' | 'compresses' | 'observe' | 'isClosing' | 'underWay' | 'hashes'>,
): void {
  const [otherwise] = app.server.listeners('request') as RequestListener[];
  if (!otherwise) throw new Error('Fastify has no listener for requests.');
  const headers = {
    ...ANSWER_HEADERS,
    ...(given.compresses && { vary: varyByCoding(ANSWER_HEADERS.vary) }),
    'access-control-expose-headers': EXPOSED_HEADERS.join(', '),
  };
  const lane = { ...given, log: app.log, headers, otherwise };
  app.server.removeAllListeners('request').on('request', graphqlLane(lane));
  // Node answers these by itself otherwise, without a body; they are refused in the shape of their door.
  app.server.on('checkExpectation', otherwise);
}

/** Every answer has a request-id, a line in the log, and its place in the metrics. */
function logRequests(
  app: FastifyInstance,
  { underWay, hashes, observe }: Pick<Lane, 'underWay' | 'hashes' | 'observe'>,
): void {
  const asked = (request: FastifyRequest, reply: FastifyReply): Asked => ({
    method: request.method,
    route: request.routeOptions.url,
    operationName: request.operationName ?? undefined,
    operation: request.routeOptions.url === '/graphql' ? hashes.of(request.body ?? request.query) : undefined,
    caller: request.caller,
    durationMs: reply.elapsedTime,
  });
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('request-id', request.id);
    underWay.describe(reply.raw, () => ({ reqId: request.id, ...asked(request, reply) }));
  });
  app.addHook('onResponse', async (request, reply) => {
    const codes = request.errorCodes ?? undefined;
    const answered = { ...asked(request, reply), status: reply.statusCode, codes };
    logAnswered(request.log, answered);
    observe(answered);
  });
}

async function listen(
  config: Config,
  { app, store, mintExploring, underWay, sync }: Omit<Parts, 'verifier'> & { app: FastifyInstance },
): Promise<RunningServer> {
  const endConnections = watchConnections(app.server, underWay);
  await app.listen({ host: config.host, port: config.port }).catch((error: NodeJS.ErrnoException) => {
    const place = `HOST=${config.host} PORT=${config.port}`;
    throw new Error(`${place}: cannot listen there (${error.code ?? error.message}); set another.`, { cause: error });
  });
  const address = app.server.address();
  const port = typeof address === 'object' && address ? address.port : config.port;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  const closing = new AbortController();
  const pruning = keepPruned(store, config.changeLogDays, { log: app.log, signal: closing.signal });
  const judging = keepJudged(store, { log: app.log, signal: closing.signal });
  const summing = keepSummed(store, { log: app.log, signal: closing.signal });
  const syncing = sync?.run(closing.signal);
  const close = async () => {
    app.log.info('closing');
    closing.abort();
    const closed = endConnections();
    await app.close();
    closed();
    await Promise.all([pruning, judging, summing, syncing]);
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
