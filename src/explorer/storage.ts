const PREFIX = 'graphiql:';
const OPERATIONS = 'callrecords:operations';
const TABS = `${PREFIX}tabState`;
const EDITOR_KEYS = ['query', 'variables', 'operationName'];
const HISTORY_KEYS = [`${PREFIX}queries`, `${PREFIX}favorites`];

const replaceHeaders = (json, headers) =>
  JSON.stringify(JSON.parse(json), (key, value) => (key === 'headers' ? headers : value));

const withoutHeaders = (json) => replaceHeaders(json, undefined);

/** Entries stored without headers get those of today, so that a request from the history runs. */
function withHeaders(json, headers) {
  const { queries, favorites } = JSON.parse(json);
  const fill = (entries) => entries?.map((entry) => ({ ...entry, headers }));
  return JSON.stringify({ queries: fill(queries), favorites: fill(favorites) });
}

/**
 * The local storage for GraphiQL. `shouldPersistHeaders` keeps the tokens out of the stored tabs, but the history
 * stores the headers of every request regardless: here they are taken out on the way in.
 */
export function createStorage(headers) {
  return {
    getItem(key) {
      const value = localStorage.getItem(key);
      return value && HISTORY_KEYS.includes(key) ? withHeaders(value, headers) : value;
    },
    setItem(key, value) {
      localStorage.setItem(key, HISTORY_KEYS.includes(key) ? withoutHeaders(value) : value);
    },
    removeItem: (key) => localStorage.removeItem(key),
    get length() {
      return ownKeys().length;
    },
    clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
  };
}

const ownKeys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

/**
 * The tab to reopen, null to start with the server's operations: without stored tabs, or if the operations are not
 * those the tabs were made of, for a reload must not hide the new ones.
 */
export function restoreTab(operations) {
  // GraphiQL stores the open query and its variables when one of them is edited, and adds a tab on the next load if
  // both are not those of a tab. The tabs alone say it all.
  EDITOR_KEYS.forEach((key) => localStorage.removeItem(PREFIX + key));
  const current = JSON.stringify(operations);
  if (localStorage.getItem(OPERATIONS) !== current) localStorage.removeItem(TABS);
  localStorage.setItem(OPERATIONS, current);
  const tab = activeTab(localStorage.getItem(TABS));
  return tab && { query: tab.query ?? '', variables: tab.variables ?? '' };
}

function activeTab(json) {
  try {
    const { tabs, activeTabIndex } = JSON.parse(json);
    return tabs[activeTabIndex] ?? null;
  } catch {
    return null;
  }
}
