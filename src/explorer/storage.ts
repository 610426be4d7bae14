import type { Storage } from '@graphiql/toolkit';
import type { Operation } from './settings.js';

const PREFIX = 'graphiql:';
const OPERATIONS = 'callrecords:operations';
const TABS = `${PREFIX}tabState`;
const EDITOR_KEYS = ['query', 'variables', 'operationName'];
const HISTORY_KEYS = [`${PREFIX}queries`, `${PREFIX}favorites`];

const replaceHeaders = (json: string, headers: string | undefined) =>
  JSON.stringify(JSON.parse(json), (key, value: unknown) => (key === 'headers' ? headers : value));

const withoutHeaders = (json: string) => replaceHeaders(json, undefined);

/** Entries that were stored without headers get the current ones, so that a request from the history runs. */
function withHeaders(json: string, headers: string): string {
  const { queries, favorites } = JSON.parse(json) as { queries?: object[]; favorites?: object[] };
  const fill = (entries?: object[]) => entries?.map((entry) => ({ ...entry, headers }));
  return JSON.stringify({ queries: fill(queries), favorites: fill(favorites) });
}

/**
 * The local storage for GraphiQL. `shouldPersistHeaders` keeps tokens out of the stored tabs, but the history stores
 * the headers of every request anyway. They are removed here before they are stored.
 */
export function createStorage(headers: string): Storage {
  return {
    getItem(key: string) {
      const value = localStorage.getItem(key);
      return value && HISTORY_KEYS.includes(key) ? withHeaders(value, headers) : value;
    },
    setItem(key: string, value: string) {
      localStorage.setItem(key, HISTORY_KEYS.includes(key) ? withoutHeaders(value) : value);
    },
    removeItem: (key: string) => localStorage.removeItem(key),
    get length() {
      return ownKeys().length;
    },
    clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
  };
}

const ownKeys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

/**
 * The stored tab to reopen. Null starts with the server's operations: if no tabs are stored, or if they were made of
 * other operations than these, as a reload must not hide new ones.
 */
export function restoreTab(operations: readonly Operation[]): { query: string; variables: string } | null {
  // GraphiQL stores the open query and its variables when one of them is edited. If no tab has both, it adds a tab on
  // the next load. The stored tabs are enough.
  EDITOR_KEYS.forEach((key) => localStorage.removeItem(PREFIX + key));
  const current = JSON.stringify(operations);
  if (localStorage.getItem(OPERATIONS) !== current) localStorage.removeItem(TABS);
  localStorage.setItem(OPERATIONS, current);
  const tab = activeTab(localStorage.getItem(TABS));
  return tab && { query: tab.query ?? '', variables: tab.variables ?? '' };
}

interface Tab {
  query?: string;
  variables?: string;
}

function activeTab(json: string | null): Tab | null {
  try {
    const { tabs, activeTabIndex } = JSON.parse(json ?? '') as { tabs: Tab[]; activeTabIndex: number };
    return tabs[activeTabIndex] ?? null;
  } catch {
    return null;
  }
}
