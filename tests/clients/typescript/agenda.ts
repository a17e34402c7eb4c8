// A front end's use of the generated types: what compiles here is what the schema promises.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { AgendaDocument, PreviewDocument, RaiseProblemDocument } from '../../../build/clients/typescript/api.js';
import type { AgendaQuery, RaiseProblemMutation } from '../../../build/clients/typescript/api.js';

export type Variables<Document> = Document extends TypedDocumentNode<unknown, infer Given> ? Given : never;

export function lines(agenda: AgendaQuery): string[] {
  // Null for whoever may not see boards.
  const meetings = agenda.cabMeetings?.nodes ?? [];
  return meetings.flatMap((meeting) =>
    meeting.items.nodes.map((item) => {
      const risk = item.change?.risk;
      const sum = risk?.factors.reduce((total, factor) => total + factor.points, 0) ?? 0;
      return `${meeting.number} ${item.place} ${item.change?.number ?? 'hidden'} ${risk?.level ?? 'unscored'} ${sum}`;
    }),
  );
}

// Every refusal has a message and a code, whatever it is.
export function outcome(mutation: RaiseProblemMutation): string {
  const result = mutation.problemRaise;
  switch (result.__typename) {
    case 'ProblemRaiseSuccess':
      return result.problem?.number ?? 'not visible';
    case 'InvalidInputError':
      return result.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    default:
      return `${result.code}: ${result.message}`;
  }
}

export const variables: Variables<typeof AgendaDocument> = { after: null };
export const documents = [AgendaDocument, PreviewDocument, RaiseProblemDocument];
