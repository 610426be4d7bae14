// Subscriptions as they are written first: graphql-ws executes each event for each subscriber, from a PubSub in memory.
// Without a database, a log, tokens or limits.
import { createServer } from 'node:http';
import { createPubSub } from '@graphql-yoga/subscription';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

const schema = buildSchema(`
  type User { id: ID displayName: String }
  type IdentitySet { user: User }
  type CallRecord {
    id: ID! version: Int! type: String! modalities: [String!]! startDateTime: String! endDateTime: String!
    durationSeconds: Float! organizer: IdentitySet
  }
  type CallRecordChange { kind: String! cursor: String! callRecordId: ID callRecord: CallRecord }
  type Query { nothing: Int }
  type Subscription { callRecordChanged: CallRecordChange! }
`);
const pubsub = createPubSub();
let cursor = 0;

schema.getSubscriptionType().getFields().callRecordChanged.subscribe = async function* () {
  const changes = pubsub.subscribe('changed');
  yield { callRecordChanged: { kind: 'CHECKPOINT', cursor: String(cursor) } };
  yield* changes;
};

/** Tells all of a record that the body holds. */
export async function startPubSub() {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { input } = JSON.parse(body).variables;
    const callRecord = { id: crypto.randomUUID(), durationSeconds: 25, ...input };
    cursor += 1;
    const change = { kind: 'CREATED', cursor: String(cursor), callRecordId: callRecord.id, callRecord };
    pubsub.publish('changed', { callRecordChanged: change });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ data: { createCallRecord: { id: callRecord.id } } }));
  });
  useServer({ schema }, new WebSocketServer({ server, path: '/graphql' }));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, token: '' };
}
