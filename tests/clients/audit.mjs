// The audit suite of GraphQL over HTTP by the authors of the specification.
import { serverAudits } from 'graphql-http';
import { answer, authorization, url } from './server.mjs';

const signedIn = (input, init = {}) =>
  fetch(input, { ...init, headers: { ...init.headers, authorization } });

const found = [];
for (const audit of serverAudits({ url, fetchFn: signedIn })) {
  const result = await audit.fn();
  found.push({ id: audit.id, name: audit.name, status: result.status, reason: result.reason ?? null });
}
answer(found);
