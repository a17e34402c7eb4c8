// Automatic persisted queries: Apollo Client and urql send the hash alone, then once the text, and over GET.
import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { answer, authorization, url } from './server.mjs';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const sent = [];
const noted = (input, init) => {
  const text = init.method === 'GET' ? new URL(input).searchParams.get('query') : JSON.parse(init.body).query;
  sent.push(`${init.method} ${text ? 'text' : 'hash'}`);
  return fetch(input, init);
};
const taken = () => sent.splice(0);

const apollo = (useGETForHashedQueries) =>
  new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.from([
      new PersistedQueryLink({ sha256, useGETForHashedQueries }),
      new HttpLink({ uri: url, fetch: noted, headers: { authorization } }),
    ]),
  });
const urql = (preferGetForPersistedQueries) =>
  new Client({
    url,
    fetch: noted,
    fetchOptions: { headers: { authorization } },
    exchanges: [persistedExchange({ preferGetForPersistedQueries, generateHash: async (text) => sha256(text) }), fetchExchange],
  });

const ask = async (client, text) => {
  const result = await (client instanceof ApolloClient
    ? client.query({ query: gql(text) })
    : client.query(text, {}, { requestPolicy: 'network-only' }).toPromise());
  if (result.error) throw result.error;
  return { roles: result.data.viewer.roles, sent: taken() };
};

answer({
  apollo: [
    await ask(apollo(false), 'query ApolloAsks { viewer { name roles } }'),
    await ask(apollo(false), 'query ApolloAsks { viewer { name roles } }'),
    await ask(apollo(true), 'query ApolloAsks { viewer { name roles } }'),
  ],
  urql: [
    await ask(urql(false), 'query UrqlAsks { viewer { roles } }'),
    await ask(urql(false), 'query UrqlAsks { viewer { roles } }'),
    await ask(urql('force'), 'query UrqlAsks { viewer { roles } }'),
  ],
});
