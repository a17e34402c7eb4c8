// Apollo Client 4: queries over POST and GET, a growing connection in its cache, a mutation that joins a list.
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { buildSchema, isAbstractType } from 'graphql';
import { address, answer, authorization, url } from './server.mjs';

// Fragments on interfaces and unions match in the cache only when it is told which types they stand for.
const schema = buildSchema(await (await fetch(`${address}/schema.graphql`)).text());
const possibleTypes = Object.fromEntries(
  Object.values(schema.getTypeMap())
    .filter(isAbstractType)
    .map((type) => [type.name, schema.getPossibleTypes(type).map((possible) => possible.name)]),
);

const methods = [];
const noted = (input, init) => {
  methods.push(init.method);
  return fetch(input, init);
};

function client(useGETForQueries) {
  return new ApolloClient({
    link: new HttpLink({ uri: url, fetch: noted, useGETForQueries, headers: { authorization } }),
    cache: new InMemoryCache({
      possibleTypes,
      typePolicies: { Query: { fields: { changes: relayStylePagination(['where', 'orderBy']) } } },
    }),
  });
}

const CHANGES = gql`
  query Changes($first: Int!, $after: String) {
    changes(first: $first, after: $after) {
      edges { cursor node { id number title risk { score level } } }
      pageInfo { endCursor hasNextPage }
    }
  }
`;
const INCIDENTS = gql`
  query Incidents { incidents(first: 5) { edges { node { id number title } } } }
`;
const REPORT = gql`
  mutation Report($input: IncidentReportInput!) {
    incidentReport(input: $input) {
      ... on IncidentReportSuccess { incident { id number title version } }
      ... on UserError { code message path }
    }
  }
`;

const apollo = client(false);
const first = await apollo.query({ query: CHANGES, variables: { first: 3 } });
const watched = apollo.watchQuery({ query: CHANGES, variables: { first: 3 } });
const shown = [];
const watching = watched.subscribe((state) => shown.push(state.data?.changes?.edges?.length ?? 0));
await watched.fetchMore({ variables: { first: 3, after: first.data.changes.pageInfo.endCursor } });
const grown = apollo.readQuery({ query: CHANGES, variables: { first: 3 } }).changes.edges;
await new Promise((resolve) => setTimeout(resolve, 50)); // the cache tells its watchers a moment later
watching.unsubscribe();

await apollo.query({ query: INCIDENTS });
const people = await apollo.query({ query: gql`query Reporter { people(first: 1) { nodes { id } } }` });
const reporterId = people.data.people.nodes[0].id;
const reported = await apollo.mutate({
  mutation: REPORT,
  variables: { input: { title: 'Cards are declined', description: 'At every terminal.', reporterId } },
  update(cache, { data }) {
    const { incident } = data.incidentReport;
    cache.updateQuery({ query: INCIDENTS }, (old) => ({
      incidents: {
        ...old.incidents,
        edges: [{ __typename: 'IncidentEdge', node: incident }, ...old.incidents.edges],
      },
    }));
  },
});
const listed = apollo.readQuery({ query: INCIDENTS }).incidents.edges.map((edge) => edge.node.number);
const refused = await apollo.mutate({
  mutation: REPORT,
  variables: { input: { title: '', description: 'At every terminal.', reporterId, priority: 9 } },
});

methods.length = 0;
const overGet = await client(true).query({ query: CHANGES, variables: { first: 1 } });

answer({
  first: first.data.changes.edges.map((edge) => edge.node.number),
  grown: grown.map((edge) => edge.node.number),
  shown,
  reported: reported.data.incidentReport,
  listed,
  refused: refused.data.incidentReport,
  overGet: { methods, edges: overGet.data.changes.edges.length },
});
