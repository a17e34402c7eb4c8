// Where the server under test listens and how a client signs in.
export const address = process.env.HEADWATER_ADDRESS;
export const url = `${address}/graphql`;
export const socketUrl = url.replace(/^http/, 'ws');
export const authorization = `Bearer ${process.env.HEADWATER_TOKEN}`;

// The last line a script prints is its answer to the test that ran it.
export function answer(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`, () => process.exit(0));
}
