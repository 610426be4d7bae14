import { HttpError } from '../domain/errors.js';

/** Where this door is for the client: what it wrote into its address, `/v1.0` or nothing, and behind it the resources. */
export interface Links {
  /** Such as `https://graph.example/v1.0`. */
  service: string;
}

const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/** Links as the client can use them. A host that is none is refused: it would come back in links. */
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

/** In the form with the key in parentheses, as Graph writes it in links and contexts. */
export function partUrl(links: Links, id: string, part: string): string {
  return `${collectionUrl(links)}('${id}')/${part}`;
}

/** `@odata.context` (OData 4.01 JSON, section 11), such as `…/$metadata#communications/callRecords(id,version)/$entity`. */
export function contextUrl({ service }: Links, path: string): string {
  return `${service}/$metadata#communications/callRecords${path}`;
}

/** The URL of the next page: the options of this one, and where it ends. */
export function nextLink(url: string, options: ReadonlyMap<string, string>, token: string): string {
  const pairs = [...options].filter(([name]) => name !== '$skiptoken');
  return `${url}?${[...pairs, ['$skiptoken', token]].map(([name, value = '']) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}

/** Whether a path, as it stands in a request line, lies below this door. */
export function isBelowRest(path: string): boolean {
  return /^\/(?:v1\.0|communications)\//.test(path);
}

const KEY =
  /^((?:\/v1\.0)?\/communications\/callRecords)(?:\(|%28)(?:id(?:=|%3[Dd]))?(?:'|%27)([^/?]*?)(?:'|%27)(?:\)|%29)(?=$|[/?])/;

/**
 * The path with a key in parentheses, `callRecords('{id}')` or `callRecords(id='{id}')`, as the router knows it:
 * `callRecords/{id}`. Some clients percent-encode the parentheses too, and some end paths with a slash, as in
 * `callRecords/?$top=1`, of which Graph makes nothing.
 */
export function toSegmentPath(url: string): string {
  const end = url.indexOf('?') < 0 ? url.length : url.indexOf('?');
  const hasSlash = url[end - 1] === '/' && isBelowRest(url);
  const path = hasSlash ? url.slice(0, end - 1) + url.slice(end) : url;
  return path.replace(KEY, '$1/$2');
}
