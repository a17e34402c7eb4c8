// graphql-ws over ws, in its own way: every subscription is executed for every event, the same nine leaves.
//
// It prints its port, then obeys lines on standard input: `event` lets one more event happen, `stats` prints the CPU
// seconds and the resident bytes of the process. See bench/fanout_server.py.

import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

const SUBSCRIBERS = 1_000;

const schema = buildSchema(`
  type Query { nothing: Int }
  type Ticket { id: ID! number: String! title: String! state: String! priority: Int! openedAt: String! }
  type TicketEvent { id: ID! cursor: String! occurredAt: String! ticket: Ticket! }
  type Subscription { ticketEvents(where: [String!]!): TicketEvent! }
`);

const queues = new Set();

async function* ticketEvents() {
  const queue = { events: [], wake: null };
  queues.add(queue);
  try {
    for (;;) {
      while (queue.events.length) yield { ticketEvents: queue.events.shift() };
      await new Promise((resolve) => { queue.wake = resolve; });
    }
  } finally {
    queues.delete(queue);
  }
}
schema.getSubscriptionType().getFields().ticketEvents.subscribe = ticketEvents;

const EVENT = {
  id: 'RXZlbnQ6eA',
  cursor: 'x'.repeat(22),
  occurredAt: '2026-11-23T08:00:00Z',
  ticket: {
    id: 'SW5jaWRlbnQ6aW5j',
    number: 'INC0000001',
    title: 'Mail is slow',
    state: 'NEW',
    priority: 2,
    openedAt: '2026-11-23T08:00:00Z',
  },
};

const happen = async () => {
  while (queues.size < SUBSCRIBERS) await new Promise((resolve) => { setTimeout(resolve, 10); });
  for (const queue of queues) {
    queue.events.push({ ...EVENT });
    queue.wake?.();
  }
};

const stats = () => {
  const { user, system } = process.cpuUsage();
  console.log((user + system) / 1e6, process.memoryUsage().rss);
};

const server = createServer();
useServer({ schema }, new WebSocketServer({ server, path: '/graphql' }));
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => console.log(server.address().port));

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => (line === 'event' ? happen() : stats()));
lines.on('close', () => process.exit(0));
