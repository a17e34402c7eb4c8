// The network breaks off and comes back: both clients connect again by themselves and go on from their last cursor.
import { createServer, connect } from 'node:net';
import { createClient as createSocket } from 'graphql-ws';
import { createClient as createStream } from 'graphql-sse';
import { WebSocket } from 'ws';
import { address, answer, authorization, url } from './server.mjs';

const FOLLOW = 'subscription Problems($after: String) { ticketEvents(where: { kind: { eq: PROBLEM } }, after: $after) { cursor ticket { ... on Problem { title } } } }';
const RAISE = 'mutation Raise($input: ProblemRaiseInput!) { problemRaise(input: $input) { __typename } }';
const soon = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function raise(title) {
  await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query: RAISE, variables: { input: { title } } }),
  });
}

// What lies between the clients and the server, and can be cut.
const server = new URL(address);
const open = new Set();
let isUp = true;
let connections = 0;
const network = createServer((near) => {
  near.on('error', () => {});
  if (!isUp) return near.destroy();
  connections += 1;
  const far = connect(Number(server.port), server.hostname);
  far.on('error', () => {});
  for (const [one, other] of [[near, far], [far, near]]) {
    open.add(one);
    one.on('close', () => {
      open.delete(one);
      other.destroy();
    });
    one.pipe(other);
  }
});
await new Promise((resolve) => network.listen(0, '127.0.0.1', resolve));
const through = `127.0.0.1:${network.address().port}/graphql`;
function cut() {
  isUp = false;
  for (const one of open) one.destroy();
}

const again = { retryAttempts: 50, shouldRetry: () => true };
const clients = {
  'graphql-ws': createSocket({
    ...again, retryWait: () => soon(50), url: `ws://${through}`, webSocketImpl: WebSocket, connectionParams: { authorization },
  }),
  'graphql-sse': createStream({ ...again, retry: () => soon(50), url: `http://${through}`, headers: { authorization } }),
};
const heard = {};
for (const [name, client] of Object.entries(clients)) {
  heard[name] = [];
  const variables = {}; // sent anew with every connection: it holds the place to go on from
  client.subscribe({ query: FOLLOW, variables }, {
    next({ data }) {
      variables.after = data.ticketEvents.cursor;
      heard[name].push(data.ticketEvents.ticket.title);
    },
    error(fault) {
      throw fault;
    },
    complete() {},
  });
}
async function allHave(title) {
  while (!Object.values(heard).every((titles) => titles.includes(title))) await soon(20);
}

// Whoever follows hears what happens after it was heard of: say it until both have heard.
while (Object.values(heard).some((titles) => titles.length === 0)) {
  await raise('The gateway is slow');
  await soon(300);
}
for (const round of [1, 2]) {
  cut();
  await raise(`While the network was down, ${round}`);
  await soon(200);
  isUp = true;
  await allHave(`While the network was down, ${round}`);
  await raise(`After it came back, ${round}`);
  await allHave(`After it came back, ${round}`);
}
const later = (titles) => titles.filter((title) => title !== 'The gateway is slow');
answer({ connections, heard: Object.fromEntries(Object.entries(heard).map(([name, titles]) => [name, later(titles)])) });
