import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { badUserInput } from '../domain/errors.js';
import { describeService, JSON_VERSION, RECORDS } from './csdl.js';
import { toXml, XML_VERSION } from './csdl-xml.js';
import { type Exchange, type RestDoor, sendPayload } from './exchange.js';
import { collectionUrl } from './links.js';

/** `GET …/v1.0/`: the service document (OData JSON 4.01, section 5). */
export async function getServiceDocument(_door: RestDoor, exchange: Exchange): Promise<FastifyReply> {
  const { links } = exchange;
  const value = [{ name: RECORDS, kind: 'EntitySet', url: collectionUrl(links).slice(links.service.length + 1) }];
  return sendPayload(exchange, { '@odata.context': `${links.service}/$metadata`, value });
}

/** `GET …/v1.0/$metadata`, without a token: CSDL as XML, or as JSON for a client that asks for it. */
export function answerMetadata(schema: GraphQLSchema) {
  let texts: { json: string; xml: string } | undefined;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (!texts) {
      const csdl = describeService(schema);
      texts = { json: JSON.stringify(csdl), xml: toXml(csdl) };
    }
    const isJson = wantsJson(request);
    void reply.headers({ 'odata-version': isJson ? JSON_VERSION : XML_VERSION, vary: 'Accept' });
    return isJson
      ? reply.type('application/json; charset=utf-8').send(texts.json)
      : reply.type('application/xml; charset=utf-8').send(texts.xml);
  };
}

/**
 * `$format` decides, or else `Accept`. A client that accepts XML gets XML: clients name JSON for the data in the same
 * header, and many know no other description.
 */
function wantsJson({ query, headers }: FastifyRequest): boolean {
  const { $format: format, format: plain = format } = query as { $format?: unknown; format?: unknown };
  if (typeof plain === 'string') {
    const [type = ''] = plain.toLowerCase().split(';');
    if (['json', 'application/json'].includes(type)) return true;
    if (['xml', 'application/xml'].includes(type)) return false;
    throw badUserInput([{ path: ['$format'], rule: 'enum', message: 'Expected xml or json.' }]);
  }
  const ranges = (headers.accept ?? '').toLowerCase().split(',');
  const takes = (pattern: RegExp) =>
    ranges.some((range) => pattern.test(range) && !/;\s*q=0(?:\.0*)?\s*(?:;|$)/.test(range));
  return takes(/^\s*application\/json\b/) && !takes(/^\s*(?:application|text)\/xml\b/);
}
