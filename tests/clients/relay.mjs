// Relay: compiled documents, its normalised store, a page more, and a mutation that joins a connection by directive.
import relay from 'relay-runtime';
import { answer, authorization, url } from './server.mjs';

const { Environment, Network, RecordSource, Store, ConnectionHandler, commitMutation, createOperationDescriptor, fetchQuery } = relay;
const artifact = async (name) => (await import(`../../build/clients/relay/${name}.graphql.js`)).default;
const [problems, more, raise] = await Promise.all(
  ['documentsProblemsQuery', 'documentsProblemsPaginationQuery', 'documentsProblemRaiseMutation'].map(artifact),
);

async function ask(request, variables) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query: request.text, variables }),
  });
  return response.json();
}

const environment = new Environment({ network: Network.create(ask), store: new Store(new RecordSource()) });
const list = ConnectionHandler.getConnectionID('client:root', 'documents_problems');

function listed() {
  const source = environment.getStore().getSource();
  const refs = source.get(list)?.edges?.__refs ?? [];
  return refs.map((ref) => source.get(source.get(ref).node.__ref).number);
}

environment.retain(createOperationDescriptor(problems, { count: 3, cursor: null }));
await fetchQuery(environment, problems, { count: 3, cursor: null }).toPromise();
const first = listed();
const page = environment.getStore().getSource().get(environment.getStore().getSource().get(list).pageInfo.__ref);
environment.retain(createOperationDescriptor(more, { count: 2, cursor: page.endCursor }));
await fetchQuery(environment, more, { count: 2, cursor: page.endCursor }).toPromise();
const grown = listed();
const raised = await new Promise((resolve, reject) => {
  commitMutation(environment, {
    mutation: raise,
    variables: { input: { title: 'Terminals restart at noon' }, connections: [list] },
    onCompleted: resolve,
    onError: reject,
  });
});
answer({ first, grown, raised, after: listed() });
