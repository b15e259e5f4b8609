// The driver of the official Node client: it does what the lines on standard input say and answers
// each by a line on standard output. tests/clients/DRIVER.md describes them.
import { createInterface } from 'node:readline';
import { Misunderstood, NotOffered } from './answers.mjs';
import { closeClient, openClient } from './connection.mjs';
import { operations } from './operations.mjs';

/** How the client writes the status of an answer into its errors. */
const STATUS = /error: \{code: (\d+), message: (.*) \}$/;

/** The clients that are open, by the names that the lines give them. */
const clients = new Map();

function parse(line) {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new Misunderstood(error.message);
  }
}

function clientNamed(name) {
  const client = clients.get(name);
  if (!client) throw new Misunderstood(`no client "${name}" is open`);
  return client;
}

async function open(name, args) {
  if (clients.has(name)) close(name);
  clients.set(name, await openClient(args));
  return null;
}

function close(name) {
  closeClient(clientNamed(name));
  clients.delete(name);
  return null;
}

function perform({ client, op, args = {} }) {
  if (op === 'open') return open(client, args);
  if (op === 'close') return close(client);
  if (!Object.hasOwn(operations, op)) throw new Misunderstood(`unknown operation "${op}"`);
  const { needs, run } = operations[op];
  const missing = needs.find((name) => args[name] === undefined);
  if (missing) throw new Misunderstood(`the argument "${missing}" is missing`);
  const { api, raw, lost } = clientNamed(client);
  return Promise.race([run(api, args, raw), lost]);
}

function failure(error) {
  const [, status, text] = STATUS.exec(error.message) ?? [];
  if (status) return { code: Number(status), text };
  const reason = error.cause instanceof Error ? `, because of: ${error.cause.message}` : '';
  return { code: 0, text: `${error.message}${reason}` };
}

async function outcome(request) {
  try {
    return { ok: await perform(request) };
  } catch (error) {
    if (error instanceof Misunderstood) throw error;
    if (error instanceof NotOffered) return { notOffered: error.message };
    return { error: failure(error) };
  }
}

// The client reports a lost connection by an event that nobody can listen to; `lost` tells it.
process.on('unhandledRejection', (reason) => console.error(reason));

for await (const line of createInterface({ input: process.stdin })) {
  try {
    const request = parse(line);
    const answer = { id: request.id, ...(await outcome(request)) };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  } catch (error) {
    console.error(`${error.message}: ${line.slice(0, 200)}`);
    process.exit(2);
  }
}
for (const client of clients.values()) closeClient(client);
