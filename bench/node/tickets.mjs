// What Apollo Server and mercurius answer from: the schema, and resolvers that load each level once (dataloader).

import DataLoader from 'dataloader';
import pg from 'pg';

export const typeDefs = `
  enum IncidentState { NEW ASSIGNED ACCEPTED PENDING RESOLVED PENDING_REVIEW ARCHIVED CANCELLED }
  enum ChangeLinkType { CAUSED_BY FIXED_BY RELATED UNRELATED }
  type Query { incidents(state: IncidentState!, first: Int! = 25): IncidentConnection! }
  type IncidentConnection { nodes: [Incident!]! }
  type ConfigurationItemConnection { nodes: [ConfigurationItem!]! }
  type IncidentChangeLinkConnection { nodes: [IncidentChangeLink!]! }
  type Incident {
    id: ID! number: String! title: String! description: String! state: IncidentState! priority: Int!
    openedAt: String! recordedAt: String! resolvedAt: String solution: String isRestricted: Boolean! version: Int!
    assignee: Person reporter: Person
    configurationItems(first: Int! = 25): ConfigurationItemConnection!
    changeLinks(first: Int! = 25): IncidentChangeLinkConnection!
  }
  type Person { id: ID! name: String! }
  type ConfigurationItem { id: ID! name: String! }
  type IncidentChangeLink { type: ChangeLinkType! recordedAt: String! change: Change }
  type Change { id: ID! number: String! }
`;

const COLUMNS = 'id, number, title, description, state, priority, opened_at, recorded_at, resolved_at, solution,'
  + ' is_restricted, version, assignee_id, reporter_id';
const INCIDENTS = `SELECT ${COLUMNS} FROM incident WHERE state = $1 ORDER BY priority, id LIMIT $2`;
const ITEMS = `SELECT * FROM (
    SELECT link.incident_id, ci.id, ci.name, row_number() OVER (PARTITION BY link.incident_id ORDER BY ci.id) AS place
    FROM ci JOIN incident_ci AS link ON link.ci_id = ci.id WHERE link.incident_id = ANY($1) AND link.ended_at IS NULL
  ) AS ranked WHERE place <= $2 ORDER BY incident_id, place`;
const LINKS = `SELECT * FROM (
    SELECT incident_id, change_id, type, recorded_at, row_number() OVER (PARTITION BY incident_id ORDER BY id) AS place
    FROM incident_change_link WHERE incident_id = ANY($1) AND ended_at IS NULL
  ) AS ranked WHERE place <= $2 ORDER BY incident_id, place`;

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });

// A named statement is prepared once per connection.
const rows = async (name, text, values) => (await pool.query({ name, text, values })).rows;

const byId = (name, columns, table) => new DataLoader(async (ids) => {
  const found = await rows(name, `SELECT ${columns} FROM ${table} WHERE id = ANY($1)`, [ids]);
  const known = new Map(found.map((row) => [row.id, row]));
  return ids.map((id) => known.get(id) ?? null);
});

const byIncident = (name, text) => {
  const loaders = new Map();
  return (first) => {
    if (!loaders.has(first)) {
      loaders.set(first, new DataLoader(async (ids) => {
        const groups = new Map(ids.map((id) => [id, []]));
        for (const row of await rows(name, text, [ids, first])) groups.get(row.incident_id).push(row);
        return ids.map((id) => groups.get(id));
      }));
    }
    return loaders.get(first);
  };
};

export const loaders = () => ({
  people: byId('people', 'id, name', 'person'),
  changes: byId('changes', 'id, number', 'change'),
  items: byIncident('items', ITEMS),
  links: byIncident('links', LINKS),
});

const globalId = (type) => (row) => Buffer.from(`${type}:${row.id}`).toString('base64url');
const instant = (column) => (row) => row[column]?.toISOString() ?? null;
const one = (loader, column) => (row, _, context) => (row[column] ? context[loader].load(row[column]) : null);
const page = (loader) => async (row, { first }, context) => ({ nodes: await context[loader](first).load(row.id) });

export const resolvers = {
  Query: {
    incidents: async (_, { state, first }) => ({ nodes: await rows('incidents', INCIDENTS, [state, first]) }),
  },
  Incident: {
    id: globalId('Incident'),
    openedAt: instant('opened_at'),
    recordedAt: instant('recorded_at'),
    resolvedAt: instant('resolved_at'),
    isRestricted: (row) => row.is_restricted,
    assignee: one('people', 'assignee_id'),
    reporter: one('people', 'reporter_id'),
    configurationItems: page('items'),
    changeLinks: page('links'),
  },
  Person: { id: globalId('Person') },
  ConfigurationItem: { id: globalId('ConfigurationItem') },
  IncidentChangeLink: { recordedAt: instant('recorded_at'), change: one('changes', 'change_id') },
  Change: { id: globalId('Change') },
};
