import type { IncomingHttpHeaders } from 'node:http';
import { HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { AnswerText } from '../graphql/compiled/json-text.js';
import type { GraphQLContext } from '../graphql/context.js';
import type { Execution } from './graphql-door.js';
import type { Answer } from './node-answer.js';

/** A POST for Apollo Server. */
interface Post {
  body: unknown;
  headers: IncomingHttpHeaders;
  context: GraphQLContext;
}

/** Has Apollo Server execute a POST of JSON; resolves to its response. */
export async function executeByApollo(apollo: Execution, { body, headers, context }: Post): Promise<Answer> {
  const response = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: 'POST', headers: headerMap(headers), body, search: '' },
    context: async () => context,
  });
  return { status: response.status ?? 200, headers: response.headers, body: await textOf(response.body) };
}

function headerMap(given: IncomingHttpHeaders): HeaderMap {
  const headers = new HeaderMap();
  for (const name in given) {
    const value = given[name];
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

async function textOf(body: HTTPGraphQLResponse['body']): Promise<AnswerText> {
  if (body.kind === 'complete') return body.string;
  let text = '';
  for await (const chunk of body.asyncIterator) text += chunk;
  return text;
}
