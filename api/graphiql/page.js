// The token comes in the fragment (#token=...), which browsers send to nobody. It is kept for this tab only and taken
// out of the address, so that it does not end up in the history or in a copied link.
const KEY = "headwater-token";
const fragment = new URLSearchParams(location.hash.slice(1));
if (fragment.has("token")) {
  sessionStorage.setItem(KEY, fragment.get("token"));
  history.replaceState(null, "", location.pathname + location.search);
}
const token = sessionStorage.getItem(KEY);

const WELCOME = `# Changes that are planned next, with their risk.
query Planned {
  changes(first: 10, where: { state: { in: [ASSESS, AUTHORISE, SCHEDULED] } }) {
    nodes {
      number
      title
      plannedWindow { start end }
      risk { score level }
      conflicts { nodes { severity message } }
    }
  }
}
`;

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: "/graphql" }),
    defaultQuery: WELCOME,
    defaultHeaders: JSON.stringify({ Authorization: `Bearer ${token ?? "TOKEN"}` }, null, 2),
    shouldPersistHeaders: false,
  }),
);
