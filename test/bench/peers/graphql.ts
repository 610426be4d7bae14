import { createServer } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import fastify from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import mercurius from 'mercurius';
import { openPeerFile } from './peer-file.js';
import { buildPeerSchema } from './peer-schema.js';

const [path = '', stack = 'apollo'] = process.argv.slice(2);

/** Each stack as its documentation starts it; resolves to the address of its GraphQL endpoint. */
const STACKS: Record<string, (schema: GraphQLSchema) => Promise<string>> = {
  async apollo(schema) {
    const server = new ApolloServer({ schema });
    const { url } = await startStandaloneServer(server, {
      listen: { port: 0, host: '127.0.0.1' },
      context: async () => ({}),
    });
    return url;
  },
  async mercurius(schema) {
    const app = fastify();
    await app.register(mercurius, { schema, jit: 1, context: () => ({}) });
    return `${await app.listen({ port: 0, host: '127.0.0.1' })}/graphql`;
  },
  async yoga(schema) {
    // Its own handler takes node's request and response.
    const yoga = createYoga({ schema, logging: false, context: () => ({}) });
    const server = createServer((request, response) => void yoga(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as { port: number }).port}/graphql`;
  },
};

const schema = await buildPeerSchema({ database: openPeerFile(path), tuned: stack === 'mercurius' });
console.log(`ready ${await (STACKS[stack] as (schema: GraphQLSchema) => Promise<string>)(schema)}`);
