import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { ServerError } from '@apollo/client/errors';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { RetryLink } from '@apollo/client/link/retry';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient as createSocket } from 'graphql-ws';
import { extensionsOf, possibleTypes, typePolicies } from '../../clients.js';
import { settings } from './settings.js';
import { tokenInUse } from './token.js';

/** The codes of a response's errors; those of HTTP if the response was not one of GraphQL. */
export function codesOf(error: unknown): string[] {
  if (ServerError.is(error)) return [String(error.statusCode), ...extensionsOf(bodyOf(error)).map(({ code }) => code)];
  return extensionsOf(error).map(({ code }) => code);
}

function bodyOf({ bodyText }: ServerError): unknown {
  try {
    return JSON.parse(bodyText);
  } catch {
    return null;
  }
}

const isUnauthenticated = (error: unknown) =>
  codesOf(error).some((code) => code === 'UNAUTHENTICATED' || code === '401');
export const isForbidden = (error: unknown) => codesOf(error).some((code) => code === 'FORBIDDEN' || code === '403');

const PASSING = ['RATE_LIMITED', 'SERVICE_UNAVAILABLE', '429', '503'];

/** A client for one bearer: another bearer must not find its cache. */
export function createClient(onUnauthenticated: () => void): ApolloClient {
  const expired = new ErrorLink(({ error }) => {
    if (isUnauthenticated(error)) onUnauthenticated();
  });
  const again = new RetryLink({
    attempts: { max: 3, retryIf: (error) => codesOf(error).some((code) => PASSING.includes(code)) },
    delay: { initial: 1_000, jitter: true },
  });
  // Set at each request, as a token may be renewed while its client stays.
  const bearing = new SetContextLink(() => ({ headers: { authorization: `Bearer ${tokenInUse()}` } }));
  const http = ApolloLink.from([again, bearing, new HttpLink({ uri: settings.endpoint })]);
  // Subscriptions to changes begin again from their own cursor. Sent again unchanged, one would tell changes twice.
  const socket = new GraphQLWsLink(
    createSocket({
      url: new URL(settings.endpoint, location.href.replace(/^http/, 'ws')).href,
      connectionParams: () => ({ authorization: `Bearer ${tokenInUse()}` }),
      retryAttempts: 0,
    }),
  );
  const isSubscription = ({ operationType }: ApolloLink.Operation) => operationType === OperationTypeNode.SUBSCRIPTION;
  return new ApolloClient({
    cache: new InMemoryCache({
      possibleTypes,
      typePolicies: {
        ...typePolicies,
        // Each panel asks for other members of the same statistics. Without the merge, the result of one would make
        // another ask again.
        CallRecordStatistics: { merge: true },
        QualityStatistics: { merge: true },
      },
    }),
    link: ApolloLink.from([expired, ApolloLink.split(isSubscription, socket, http)]),
  });
}
