// One event, followed in every way there is; and a client that was away for a while and goes on where it stopped.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, Observable, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient as createSocket } from 'graphql-ws';
import { createClient as createStream } from 'graphql-sse';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { print } from 'graphql';
import { WebSocket } from 'ws';
import { answer, authorization, socketUrl, url } from './server.mjs';

const FOLLOW = 'subscription Problems($after: String) { ticketEvents(where: { kind: { eq: PROBLEM } }, after: $after) { cursor ticket { ... on Problem { title } } } }';
const RAISE = 'mutation Raise($input: ProblemRaiseInput!) { problemRaise(input: $input) { __typename } }';

async function raise(title) {
  await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query: RAISE, variables: { input: { title } } }),
  });
}

const title = (result) => (result.data ?? result).ticketEvents.ticket.title;
const socket = () => createSocket({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: { authorization } });
const stream = createStream({ url, headers: { authorization } });
const apollo = (link) => new ApolloClient({ cache: new InMemoryCache(), link });
const overSocket = apollo(new GraphQLWsLink(socket()));
const overParts = apollo(ApolloLink.from([new HttpLink({ uri: url, headers: { authorization } })]));

const asEvents = new ApolloLink(
  ({ query, variables, operationName }) =>
    new Observable((sink) => stream.subscribe({ query: print(query), variables, operationName }, sink)),
);
const overEvents = apollo(asEvents);
const urqlSocket = socket();
const urql = (exchange, accept) =>
  new Client({ url, exchanges: [exchange], fetchSubscriptions: true, fetchOptions: { headers: { authorization, ...accept } } });
const urqlOverSocket = urql(
  subscriptionExchange({
    forwardSubscription: ({ query, variables }) => ({
      subscribe: (sink) => ({ unsubscribe: urqlSocket.subscribe({ query, variables }, sink) }),
    }),
  }),
);
const urqlOverEvents = urql(fetchExchange);
const urqlOverParts = urql(fetchExchange, { accept: 'multipart/mixed;subscriptionSpec=1.0' });
const followUrql = (client) => (next, error) =>
  client.subscription(FOLLOW, {}).subscribe((result) => (result.error ? error(result.error) : next(result)));

const heard = {};
const first = (name, follow) =>
  new Promise((resolve, reject) => {
    const hear = (result) => {
      heard[name] ??= result;
      resolve(result);
    };
    follow(hear, reject);
  });

const everyWay = [
  first('graphql-ws', (next, error) => socket().subscribe({ query: FOLLOW }, { next, error, complete() {} })),
  first('graphql-sse', (next, error) => stream.subscribe({ query: FOLLOW }, { next, error, complete() {} })),
  first('apollo over a socket', (next, error) => overSocket.subscribe({ query: gql(FOLLOW) }).subscribe({ next, error })),
  first('apollo over parts', (next, error) => overParts.subscribe({ query: gql(FOLLOW) }).subscribe({ next, error })),
  first('apollo over events', (next, error) => overEvents.subscribe({ query: gql(FOLLOW) }).subscribe({ next, error })),
  first('urql over a socket', followUrql(urqlOverSocket)),
  first('urql over events', followUrql(urqlOverEvents)),
  first('urql over parts', followUrql(urqlOverParts)),
];
// Whoever follows hears what happens after it was heard of: say it until all have heard.
let waiting = true;
const saying = (async () => {
  while (waiting) {
    await raise('The gateway is slow');
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
})();
await Promise.all(everyWay);
waiting = false;
await saying;

const { cursor } = heard['graphql-ws'].data.ticketEvents;
await raise('While you were away');
const missed = [];
for await (const result of socket().iterate({ query: FOLLOW, variables: { after: cursor } })) {
  missed.push(title(result));
  if (missed.at(-1) === 'While you were away') break;
}
answer({ heard: Object.fromEntries(Object.entries(heard).map(([name, result]) => [name, title(result)])), missed });
