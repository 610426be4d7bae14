/** An operation that the page opens with. */
export interface Operation {
  name: string;
  document: string;
  /** JSON text. */
  variables?: string;
}

/** The settings that the server wrote into the page. */
export interface PageSettings {
  /** Path of the GraphQL endpoint. */
  endpoint: string;
  headers: { authorization?: string };
  operations: Operation[];
}

export const settings = JSON.parse(document.getElementById('settings')?.textContent ?? '{}') as PageSettings;
