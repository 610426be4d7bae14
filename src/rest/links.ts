import { HttpError } from '../domain/errors.js';

/** The address of this door as the client wrote it. It ends in `/v1.0`, `/beta` or nothing; the resources follow. */
export interface Links {
  /** Such as `https://graph.example/v1.0`. */
  service: string;
}

const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/** The start of links for the client. An invalid host is refused: it would come back in links. */
export function linksFor(protocol: string, host: string, prefix: string): Links {
  if (!HOST.test(host)) throw new HttpError(400, 'The Host header names no host.');
  return { service: `${protocol}://${host}${prefix}` };
}

export function collectionUrl({ service }: Links): string {
  return `${service}/communications/callRecords`;
}

export function recordUrl(links: Links, id: string): string {
  return `${collectionUrl(links)}/${id}`;
}

/** With the key in parentheses, as Graph writes it in links and contexts. */
export function partUrl(links: Links, id: string, part: string): string {
  return `${collectionUrl(links)}('${id}')/${part}`;
}

/** `@odata.context` (OData 4.01 JSON, section 11), such as `…/$metadata#communications/callRecords(id,version)/$entity`. */
export function contextUrl({ service }: Links, path: string): string {
  return `${service}/$metadata#communications/callRecords${path}`;
}

/** The URL of the next page: the options of this one, with the token instead of where it began. */
export function nextLink(url: string, options: ReadonlyMap<string, string>, token: string): string {
  const pairs = [...options].filter(([name]) => !['$skiptoken', '$skip'].includes(name));
  return `${url}?${[...pairs, ['$skiptoken', token]].map(([name, value = '']) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}

/** Whether the path of a request line is below this door, however it is spelled. */
export function isBelowRest(path: string): boolean {
  return /^\/+(?:v1\.0|beta|communications)(?=[/?]|$)/i.test(path);
}

/** Collections: a key follows their names. */
const KEYED = ['callRecords', 'participants_v2', 'sessions', 'segments'];
const NAMES = new Map(
  [...KEYED, 'v1.0', 'beta', 'communications', 'organizer_v2', '$batch', '$count', '$metadata', 'openapi.json'].map(
    (name) => [name.toLowerCase(), name],
  ),
);
const KEY = /^([^(%]+)(?:\(|%28)(?:id(?:=|%3d))?(?:'|%27)(.*)(?:'|%27)(?:\)|%29)$/i;

/**
 * The path as the router knows it, for any spelling by a client. Names may differ in letter case, and keys may stand in
 * parentheses: `callRecords('{id}')` or `callRecords(id='{id}')`. Parentheses and `$` may be percent-encoded. A slash
 * at the start or the end means nothing, as in Graph.
 */
export function toRoutePath(url: string): string {
  if (!isBelowRest(url)) return url;
  const end = url.indexOf('?') < 0 ? url.length : url.indexOf('?');
  const segments = routeSegments(url.slice(0, end).replace(/^\/+/, '').replace(/\/$/, '').split('/'));
  // The set of records is also directly below the service (OData 4.01, URL Conventions 4.3).
  if (segments[0] !== 'communications' && segments[1] === 'callRecords') segments.splice(1, 0, 'communications');
  return `/${segments.join('/')}${url.slice(end)}`;
}

function routeSegments(segments: readonly string[]): string[] {
  let isKey = false;
  return segments.flatMap((segment) => {
    const [, named, key] = isKey ? [] : (KEY.exec(segment) ?? []);
    const written = named ?? segment;
    const name = NAMES.get(written.replace(/^%24/, '$').toLowerCase()) ?? written;
    if (isKey) {
      isKey = false;
      return name === '$count' ? name : segment;
    }
    isKey = key === undefined && KEYED.includes(name);
    return key === undefined ? name : [name, key.replace(/(?:'|%27){2}/gi, "'")];
  });
}
