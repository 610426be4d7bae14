import './explorer.css';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { parse } from 'graphql';
import { createRoot } from 'react-dom/client';
import { settings } from './settings.js';
import { createStorage, restoreTab } from './storage.js';

const WORKERS = { graphql: 'graphql', json: 'json' };

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(`/explorer/${WORKERS[label] ?? 'editor'}.worker.js`),
};

const { endpoint, headers, operations } = settings;
const headersText = Object.keys(headers).length > 0 ? JSON.stringify(headers, null, 2) : '';
const send = createGraphiQLFetcher({ url: endpoint });

// The first introspection runs before the headers editor is there: without this it would go out unauthenticated.
const fetcher = (request, options) =>
  send(
    withOwnName(request),
    request.operationName === 'IntrospectionQuery' && !options?.headers ? { ...options, headers } : options,
  );

/** For a moment after a change of tabs GraphiQL runs the new document under the name of the operation open before. */
function withOwnName(request) {
  const names = namesIn(request.query);
  return names.length === 1 && names[0] !== request.operationName ? { ...request, operationName: names[0] } : request;
}

/** The names of a document's operations; none of one that cannot be read, which is for the server to refuse. */
function namesIn(query) {
  try {
    return parse(query).definitions.flatMap(({ kind, name }) => (kind === 'OperationDefinition' ? [name?.value] : []));
  } catch {
    return [];
  }
}

const tabs = operations.map(({ document, variables }) => ({ query: document, variables, headers: headersText }));
// GraphiQL does not show the variables of the first of its default tabs by itself.
const initial = restoreTab(operations) ?? { variables: tabs[0]?.variables };

createRoot(document.getElementById('explorer')).render(
  <GraphiQL
    fetcher={fetcher}
    storage={createStorage(headersText)}
    defaultTabs={tabs.length > 0 ? tabs : undefined}
    initialQuery={initial.query}
    initialVariables={initial.variables}
    defaultHeaders={headersText}
    shouldPersistHeaders={false}
    defaultEditorToolsVisibility={true}
  >
    <GraphiQL.Logo>callrecords-graphql</GraphiQL.Logo>
  </GraphiQL>,
);
