// urql: a query, the same over GET, a mutation and a refusal.
import { Client, fetchExchange, gql } from '@urql/core';
import { answer, authorization, url } from './server.mjs';

const urql = (preferGetMethod) =>
  new Client({ url, exchanges: [fetchExchange], preferGetMethod, fetchOptions: { headers: { authorization } } });

const VIEWER = gql`{ viewer { name roles } }`;
const RAISE = gql`
  mutation Raise($input: ProblemRaiseInput!) {
    problemRaise(input: $input) {
      __typename
      ... on ProblemRaiseSuccess { problem { number title } }
      ... on InvalidInputError { issues { path message } }
    }
  }
`;

const client = urql(false);
const viewer = await client.query(VIEWER, {}).toPromise();
const overGet = await urql('force').query(VIEWER, {}).toPromise();
const raised = await client.mutation(RAISE, { input: { title: 'Cards decline now and then' } }).toPromise();
const refused = await client.mutation(RAISE, { input: { title: '' } }).toPromise();
const unknown = await client.query(gql`{ viewer { shoeSize } }`, {}).toPromise();

answer({
  viewer: viewer.data?.viewer,
  overGet: overGet.data?.viewer,
  raised: raised.data?.problemRaise,
  refused: refused.data?.problemRaise,
  unknown: unknown.error?.graphQLErrors.map((error) => error.extensions.code),
});
