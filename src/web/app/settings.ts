/** What the server wrote into the page. */
export interface PageSettings {
  /** Path of the GraphQL endpoint. */
  endpoint: string;
  headers: { authorization?: string };
  /** How people sign in; null where a token is to be entered. */
  signIn: { issuer: string; clientId: string; scope: string } | null;
  /** Path that fills the store with generated calls; null but in development. */
  fill: string | null;
}

export const settings = JSON.parse(document.getElementById('settings')?.textContent ?? '{}') as PageSettings;

/** The page's own path, which is also where sign-in comes back to. */
export const PAGE = '/calls';
