// mercurius on fastify, with its JIT: a query is compiled when it is met for the second time.

import Fastify from 'fastify';
import mercurius from 'mercurius';

import { loaders, resolvers, typeDefs } from './tickets.mjs';

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers, jit: 1, context: loaders });
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
