import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { connect } from '../../src/client/client.ts';
import { startBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { projectRoot } from '../support/project-root.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
const COUNT = 500;

/** What the page does: reads live what the test sends, and answers with messages of its own. */
const PAGE = `<!doctype html><title>Veltro</title><script type="module">
const say = (text) => fetch('/said', { method: 'POST', body: text });
addEventListener('unhandledrejection', ({ reason }) => say('failed: ' + reason.stack));
try {
  const { connect, VeltroError } = await import('/veltro.js');
  const parameters = new URLSearchParams(location.search);
  const client = await connect(parameters.get('url'));
  const { transport } = await client.me();
  const refusal = await client.streams.create('orders').catch((error) => error);
  const wrong = await connect('iggy://127.0.0.1').catch((error) => error);
  const producer = client.producer('orders', 'answers', { batchLength: 100, lingerMs: 0 });
  await say(['connected', transport, refusal instanceof VeltroError, refusal.code, wrong.code].join(' '));
  let count = 0;
  let bytes = 0;
  for await (const message of client.consumer('orders', 'questions')) {
    bytes += message.payload.byteLength;
    const text = message.payload.subarray(0, 20).toString().split('.')[0];
    producer.send({ payload: 'answer to ' + text, headers: { by: 'a page' }, key: 'k' });
    count += 1;
    if (count === ${COUNT}) break;
  }
  await client.close();
  await say(['done', count, bytes].join(' '));
} catch (error) {
  await say('failed: ' + error.stack);
}
</script>`;

function chromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const places = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return places.find((place) => existsSync(place));
}

/** Serves the page and the client for browsers, and hears what the page says. */
class PageServer implements AsyncDisposable {
  readonly #said: string[] = [];
  readonly #waiters: ((text: string) => void)[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** What the page says next. */
  next(): Promise<string> {
    const text = this.#said.shift();
    return text === undefined
      ? new Promise((resolve) => this.#waiters.push(resolve))
      : Promise.resolve(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'POST') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      response.end();
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#said.push(text);
      else waiter(text);
    } else if (request.url === '/veltro.js') {
      response.setHeader('content-type', 'text/javascript');
      response.end(readFileSync(join(projectRoot(), 'dist/browser/veltro.js')));
    } else {
      response.setHeader('content-type', 'text/html');
      response.end(PAGE);
    }
  }
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

/** False when something came into a folder while it was being emptied; retries would not see it. */
function isRemoved(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTEMPTY') return false;
    throw error;
  }
}

test('the client for browsers names nothing of Node.js', () => {
  const text = readFileSync(join(projectRoot(), 'dist/browser/veltro.js'), 'utf8');
  assert.doesNotMatch(text, /["']node:/);
  assert.doesNotMatch(text, /\brequire\(/);
});

test('a page in a browser produces, and consumes live', async (t) => {
  const program = chromium();
  if (program === undefined) return t.skip(`none of ${NAMES} is in the PATH`);
  await using broker = await startBroker({ websocket: { port: 0 } });
  await using client = await connect(broker.url);
  await client.streams.create('orders');
  await client.topics.create('orders', 'questions', { partitions: 1 });
  await client.topics.create('orders', 'answers', { partitions: 1 });
  await using pages = new PageServer();
  const origin = await pages.listen();
  const profile = mkdtempSync(join(tmpdir(), 'veltro-browser-'));
  const page = `${origin}/?url=${encodeURIComponent(broker.webSocketUrl)}`;
  const child = spawn(program, [...FLAGS, `--user-data-dir=${profile}`, page], { stdio: 'ignore' });
  try {
    assert.equal(await pages.next(), 'connected websocket true 1012 2');
    const producer = client.producer('orders', 'questions', { lingerMs: 0 });
    const large = 'x'.repeat(3000);
    for (let i = 0; i < COUNT; i++) await producer.send({ payload: `${i}.${large}` });
    const bytes = Array.from({ length: COUNT }, (_, i) => `${i}.${large}`.length);
    const sum = bytes.reduce((total, length) => total + length, 0);
    assert.equal(await pages.next(), `done ${COUNT} ${sum}`);
    const { messages } = await client.messages.poll('orders', 'answers', {
      partition: 0,
      count: COUNT,
    });
    assert.deepEqual(
      messages.map(({ payload }) => payload.toString()),
      Array.from({ length: COUNT }, (_, i) => `answer to ${i}`),
    );
    assert.equal(messages[0].headers.get('by'), 'a page');
  } finally {
    await endOf(child);
    // Its other processes end by themselves, and may write until then.
    await eventually('nobody writes to the profile', () => isRemoved(profile));
  }
});
