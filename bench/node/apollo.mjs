// Apollo Server 5 over its own HTTP server.

import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

import { loaders, resolvers, typeDefs } from './tickets.mjs';

const server = new ApolloServer({ typeDefs, resolvers });
const listen = { host: '127.0.0.1', port: Number(process.env.PORT) };
await startStandaloneServer(server, { listen, context: async () => loaders() });
