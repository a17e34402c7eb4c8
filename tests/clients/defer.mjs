// One question with a part that may come later: Apollo Client in both drafts it knows, and urql.
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental';
import { Client, fetchExchange } from '@urql/core';
import { answer, authorization, url } from './server.mjs';

const LATER = `query Changes {
  changes(first: 3) { nodes { id number ... @defer { risk { score level } requester { id name } } } }
}`;
const REFUSED = `query Refused { viewer { name } ... @defer { people(first: 101) { nodes { id name } } } }`;

const types = [];
const noted = async (input, init) => {
  const response = await fetch(input, init);
  types.push(response.headers.get('content-type'));
  return response;
};
// What is seen of a list of changes: null where the risk is not there yet.
const levels = (data) => data?.changes?.nodes?.map((change) => change.risk?.level ?? null) ?? [];

async function askApollo(incrementalHandler) {
  const apollo = new ApolloClient({
    link: new HttpLink({ uri: url, fetch: noted, headers: { authorization } }),
    cache: new InMemoryCache(),
    incrementalHandler,
  });
  const seen = [];
  await new Promise((resolve, reject) => {
    const watching = apollo.watchQuery({ query: gql(LATER) }).subscribe({
      next(state) {
        if (state.data) seen.push({ levels: levels(state.data), state: state.dataState });
        if (state.dataState === 'complete') {
          watching.unsubscribe();
          resolve();
        }
        if (state.error) reject(state.error);
      },
      error: reject,
    });
  });
  const cached = levels(apollo.readQuery({ query: gql(LATER.replace('... @defer', '...')) }));
  const refused = await apollo.query({ query: gql(REFUSED), errorPolicy: 'all' });
  return {
    first: seen[0],
    last: seen.at(-1),
    cached,
    refused: { viewer: refused.data.viewer.name, codes: refused.error.errors.map((error) => error.extensions.code) },
  };
}

async function askUrql() {
  const urql = new Client({ url, fetch: noted, exchanges: [fetchExchange], fetchOptions: { headers: { authorization } } });
  const until = (text) =>
    new Promise((resolve) => {
      const seen = [];
      const { unsubscribe } = urql.query(text, {}).subscribe((result) => {
        seen.push(result);
        if (result.hasNext) return;
        setTimeout(unsubscribe);
        resolve(seen);
      });
    });
  const seen = await until(LATER);
  const [refused] = (await until(REFUSED)).slice(-1);
  return {
    first: { levels: levels(seen[0].data), hasNext: seen[0].hasNext },
    last: { levels: levels(seen.at(-1).data), hasNext: seen.at(-1).hasNext },
    refused: {
      viewer: refused.data.viewer.name,
      codes: refused.error.graphQLErrors.map((error) => error.extensions.code),
    },
  };
}

const seen = {
  older: await askApollo(new Defer20220824Handler()),
  newer: await askApollo(new GraphQL17Alpha9Handler()),
  urql: await askUrql(),
};
answer({ ...seen, types: types.map((type) => type.replace('multipart/mixed;boundary="graphql";', '')) });
