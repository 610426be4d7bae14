import { type RequestBody, withFreshKey } from './idempotency.js';
import { type Operation, type PageSettings, settings } from './settings.js';

declare global {
  interface Window {
    /** Defined by Apollo's script. */
    EmbeddedSandbox: new (options: object) => object;
  }
}

const SCRIPT = 'https://embeddable-sandbox.cdn.apollographql.com/_latest/embeddable-sandbox.umd.production.min.js';
const FRAME_ORIGIN = 'https://sandbox.embed.apollographql.com';
const SCRIPT_WAIT_MS = 3_000;
// Longer than for the script: the frame loads the whole Sandbox.
const FRAME_WAIT_MS = 15_000;

const openLocalExplorer = () => location.replace('/explorer');
const parseVariables = ({ variables }: Operation) => (variables ? JSON.parse(variables) : {}) as object;

/**
 * The Sandbox has one editor for variables, so it gets those of all operations. If two name the same variable, the
 * first wins.
 */
function initialState({ headers, operations }: PageSettings) {
  return {
    document: operations.map(({ document }) => document.trim()).join('\n\n'),
    variables: Object.assign({}, ...operations.map(parseVariables).reverse()) as object,
    sharedHeaders: headers,
    includeCookies: false,
  };
}

/** A body other than the JSON of one request is sent unchanged. */
function bodyToSend(body: string): string {
  try {
    return JSON.stringify(withFreshKey(JSON.parse(body) as RequestBody));
  } catch {
    return body;
  }
}

/** A frame that failed to load cannot be told from any other. One that works posts a message when it starts. */
function awaitFrame() {
  const timer = setTimeout(openLocalExplorer, FRAME_WAIT_MS);
  const onMessage = ({ origin }: MessageEvent) => {
    if (origin !== FRAME_ORIGIN) return;
    clearTimeout(timer);
    removeEventListener('message', onMessage);
    document.getElementById('loading')?.remove();
  };
  addEventListener('message', onMessage);
}

function embed() {
  awaitFrame();
  new window.EmbeddedSandbox({
    target: '#sandbox',
    initialEndpoint: new URL(settings.endpoint, location.origin).href,
    initialState: initialState(settings),
    endpointIsEditable: false,
    handleRequest: (url: string, options: RequestInit & { body: string }) =>
      fetch(url, { ...options, body: bodyToSend(options.body) }),
    runTelemetry: false,
    // The Content-Security-Policy refuses its inline styles; the page styles the frame.
    allowDynamicStyles: false,
  });
}

const timer = setTimeout(openLocalExplorer, SCRIPT_WAIT_MS);
const script = document.createElement('script');
script.src = SCRIPT;
script.onerror = openLocalExplorer;
script.onload = () => {
  clearTimeout(timer);
  try {
    embed();
  } catch (error) {
    console.error(error);
    openLocalExplorer();
  }
};
document.head.append(script);
