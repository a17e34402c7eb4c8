// What a page of a Relay application asks; the compiler reads this file, nobody runs it.
import { graphql } from 'relay-runtime';

graphql`
  fragment documents_problem on Problem {
    id
    number
    title
  }
`;

graphql`
  query documentsProblemsQuery($count: Int!, $cursor: String) {
    ...documents_problems @arguments(count: $count, cursor: $cursor)
  }
`;

graphql`
  fragment documents_problems on Query
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" })
  @refetchable(queryName: "documentsProblemsPaginationQuery") {
    problems(first: $count, after: $cursor) @connection(key: "documents_problems") {
      edges { node { ...documents_problem } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

graphql`
  mutation documentsProblemRaiseMutation($input: ProblemRaiseInput!, $connections: [ID!]!) {
    problemRaise(input: $input) {
      ... on ProblemRaiseSuccess {
        problem @prependNode(connections: $connections, edgeTypeName: "ProblemEdge") {
          number
          ...documents_problem
        }
      }
      ... on UserError { code message }
    }
  }
`;
