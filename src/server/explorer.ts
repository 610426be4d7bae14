import type { FastifyInstance, FastifyRequest } from 'fastify';
import { explorerPage, sandboxPage, type ExplorerOperation, type PageSettings } from './explorer-pages.js';
import { sendPage } from './html-page.js';
import { registerFiles } from './page-files.js';
import { headersFor, type MintToken } from './page-token.js';

export interface ExplorerSettings {
  /** Path of the GraphQL endpoint on this server. */
  endpoint: string;
  /**
   * Makes the bearer token of a page that is opened on this machine under a loopback name; null for no token. Each page
   * gets a new one: a token made at the start would have expired on a server that runs for days.
   */
  mintToken: MintToken | null;
  operations: ExplorerOperation[];
}

/**
 * Adds Apollo Sandbox at `/`, GraphiQL at `/explorer`, and its files below that path. Reads the files now: throws if
 * they have not been built.
 */
export function registerExplorer(app: FastifyInstance, settings: ExplorerSettings): void {
  app.get('/', async (request, reply) => sendPage(reply, sandboxPage(await pageSettings(settings, request))));
  app.get('/explorer', async (request, reply) => sendPage(reply, explorerPage(await pageSettings(settings, request))));
  registerFiles(app, '/explorer', 'explorer');
}

async function pageSettings(settings: ExplorerSettings, request: FastifyRequest): Promise<PageSettings> {
  const { endpoint, mintToken, operations } = settings;
  return { endpoint, headers: await headersFor(request, mintToken), operations };
}
