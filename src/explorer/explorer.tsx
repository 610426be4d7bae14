import './explorer.css';
import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { operationsIn, type RequestBody, withFreshKey } from './idempotency.js';
import { linkedTab } from './linked.js';
import { settings } from './settings.js';
import { createStorage, restoreTab } from './storage.js';

const WORKERS: { [label: string]: string } = { graphql: 'graphql', json: 'json' };

self.MonacoEnvironment = {
  getWorker: (_id: string, label: string) => new Worker(`/explorer/${WORKERS[label] ?? 'editor'}.worker.js`),
};

const { endpoint, headers, operations } = settings;
const hasToken = headers.authorization !== undefined;
// Without a token in the page, the editor shows where to put one.
const headersText = JSON.stringify(hasToken ? headers : { authorization: 'Bearer ' }, null, 2);
const send = createGraphiQLFetcher({ url: endpoint });

// The first introspection runs before the headers editor exists; without these headers it would be unauthenticated.
const fetcher: Fetcher = (request, options) =>
  send(
    withFreshKey(withOwnName(request)),
    request.operationName === 'IntrospectionQuery' && !options?.headers ? { ...options, headers } : options,
  );

/** Just after a change of tabs, GraphiQL runs the new document under the name of the operation that was open before. */
function withOwnName<Request extends RequestBody>(request: Request): Request {
  const names = operationsIn(request.query).map(({ name }) => name?.value);
  return names.length === 1 && names[0] !== request.operationName ? { ...request, operationName: names[0] } : request;
}

const tabs = operations.map(({ document, variables }) => ({ query: document, variables, headers: headersText }));
// GraphiQL does not show the variables of the first default tab by itself. Stored tabs stay open beside the one of a
// link.
const restored = restoreTab(operations);
const initial: { query?: string; variables?: string } = linkedTab() ?? restored ?? { variables: tabs[0]?.variables };

function Explorer() {
  const [needsToken, setNeedsToken] = useState(!hasToken);
  return (
    <>
      {needsToken && (
        <p id="token-note" role="note">
          This page has no token. Put yours under <b>Headers</b>, after <code>Bearer</code>, then press{' '}
          <b>Re-fetch GraphQL schema</b>.
        </p>
      )}
      <GraphiQL
        fetcher={fetcher}
        storage={createStorage(headersText)}
        defaultTabs={tabs.length > 0 ? tabs : undefined}
        initialQuery={initial.query}
        initialVariables={initial.variables}
        defaultHeaders={headersText}
        shouldPersistHeaders={false}
        onEditHeaders={(text) => setNeedsToken(!/"bearer +[^\s"]/i.test(text))}
        defaultEditorToolsVisibility={hasToken ? 'variables' : 'headers'}
      >
        <GraphiQL.Logo>
          <a href="/calls">callrecords-graphql</a>
        </GraphiQL.Logo>
      </GraphiQL>
    </>
  );
}

createRoot(document.getElementById('explorer') as HTMLElement).render(<Explorer />);
