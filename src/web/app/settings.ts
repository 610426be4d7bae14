/** The settings that the server wrote into the page. */
export interface PageSettings {
  /** Path of the GraphQL endpoint. */
  endpoint: string;
  headers: { authorization?: string };
  /** How people sign in; null if a token has to be entered. */
  signIn: { issuer: string; clientId: string; scope: string } | null;
  /** Path that fills the store with generated calls; null except in development. */
  fill: string | null;
}

export const settings = JSON.parse(document.getElementById('settings')?.textContent ?? '{}') as PageSettings;

/** The page's own path, to which sign-in returns. */
export const PAGE = '/calls';
