import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { before, describe, type TestContext, test } from 'node:test';
import { getMe } from '../../src/wire/classic/commands/get-me.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { ping } from '../../src/wire/classic/commands/ping.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { startBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { projectRoot } from '../support/project-root.ts';
import { decode, RawClient, type RawResponse } from '../support/raw-client.ts';
import { createPlace, poll, sendFrame, strategy } from '../support/topic-kit.ts';

const source = join(projectRoot(), 'tests/clients/quinn');
const login = { username: 'iggy', password: 'iggy', version: '', context: '' } as const;
const quic = { port: 0 };
const ALPN = 'iggy';

/** Compiles the client, or uses what was compiled before; undefined where there is no Rust. */
function compiled(): string | undefined {
  const version = spawnSync('cargo', ['--version']);
  if (version.status !== 0) return undefined;
  const hash = createHash('sha256').update(version.stdout);
  hash.update(readFileSync(join(source, 'Cargo.lock')));
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(caches, 'veltro-clients', `quinn-${hash.digest('hex').slice(0, 12)}`);
  mkdirSync(folder, { recursive: true });
  const parameters = ['build', '--locked', '--quiet', '--target-dir', folder];
  const built = spawnSync('cargo', parameters, { cwd: source, stdio: 'inherit' });
  assert.equal(built.status, 0, 'cargo build failed');
  return join(folder, 'debug', 'veltro-quinn');
}

/** A client on quinn, with the settings and the habits of the official Rust client. */
class QuinnClient implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, (text: string) => void>();
  #labels = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const [label] = line.split(' ', 1);
      this.#waiting.get(label)?.(line.slice(label.length + 1));
      this.#waiting.delete(label);
    });
  }

  /** Connected, or why not. */
  static async connect(
    program: string,
    address: string | undefined,
    alpn?: string,
  ): Promise<QuinnClient | string> {
    const words = [address!, ...(alpn === undefined ? [] : [alpn])];
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    const client = new QuinnClient(child);
    const refused = new Promise<string>((resolve) => client.#waiting.set('refused', resolve));
    const connected = new Promise<QuinnClient>((resolve) => {
      client.#waiting.set('connected', () => resolve(client));
    });
    return Promise.race([connected, refused]);
  }

  async exchange(frame: Uint8Array): Promise<Buffer> {
    const label = `${++this.#labels}`;
    const answer = new Promise<string>((resolve) => this.#waiting.set(label, resolve));
    this.#child.stdin!.write(`${label} ${Buffer.from(frame).toString('hex')}\n`);
    const text = await answer;
    assert.ok(!text.startsWith('error'), text);
    return Buffer.from(text, 'hex');
  }

  async response(frame: Uint8Array): Promise<RawResponse> {
    const bytes = await this.exchange(frame);
    assert.equal(bytes.readUInt32LE(4), bytes.byteLength - 8);
    return { status: bytes.readUInt32LE(0), payload: bytes.subarray(8) };
  }

  /** As the clients of other tests. */
  readonly call: RawClient['call'] = async (codec, request) =>
    decode(codec, await this.response(encodeRequest(codec, request)));

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin!.end();
    await new Promise((resolve) => this.#child.once('close', resolve));
  }
}

describe('a client on quinn, as the official Rust client is one', () => {
  let program: string | undefined;
  before(() => {
    program = compiled();
  });

  const connected = async (t: TestContext, address: string | undefined) => {
    if (program === undefined) return t.skip('there is no Rust on this machine');
    const client = await QuinnClient.connect(program, address, ALPN);
    assert.ok(client instanceof QuinnClient, `refused: ${client}`);
    return client;
  };

  test('every golden request has the status that it has over TCP', async (t) => {
    await using first = await startBroker({ quic });
    await using second = await startBroker();
    await using client = (await connected(t, first.addresses.quic)) ?? null;
    if (client === null) return;
    await using overTcp = await RawClient.connect(second);
    const text = readFileSync(join(projectRoot(), 'tests/golden/frames.json'), 'utf8');
    type Golden = { readonly name: string; readonly direction: string; readonly hex: string };
    for (const { name, direction, hex } of JSON.parse(text) as Golden[]) {
      if (direction !== 'request') continue;
      await client.call(loginUser, login);
      await overTcp.call(loginUser, login);
      const frame = Buffer.from(hex, 'hex');
      const expected = (await overTcp.exchange(frame)).status;
      assert.equal((await client.response(frame)).status, expected, name);
    }
  });

  test('it sends and polls, one by one and many at once', async (t) => {
    await using broker = await startBroker({ quic });
    await using client = (await connected(t, broker.addresses.quic)) ?? null;
    if (client === null) return;
    await client.call(loginUser, login);
    assert.equal((await client.call(getMe, undefined)).transport, 'quic');
    await createPlace(client);
    const large = Buffer.alloc(4_000_000, 'q');
    for (let n = 0; n < 3; n++) {
      assert.equal((await client.response(sendFrame([large]))).status, 0);
    }
    assert.equal((await poll(client)).length, 2, 'no more than it reads');
    assert.equal((await poll(client, { strategy: strategy('offset', 2) })).length, 1);
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, n) => client.response(sendFrame([`${n}`]))),
    );
    assert.ok(answers.every(({ status }) => status === 0));
    assert.equal((await poll(client, { strategy: strategy('offset', 3) })).length, 500);
  });

  test('thousands of requests find streams, and the connection outlives a silence', async (t) => {
    await using broker = await startBroker({ quic });
    await using client = (await connected(t, broker.addresses.quic)) ?? null;
    if (client === null) return;
    const frame = encodeRequest(ping, undefined);
    for (let n = 0; n < 3000; n++) assert.equal((await client.response(frame)).status, 0);
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    assert.equal((await client.response(frame)).status, 0);
  });

  test('it ends, and the broker knows', async (t) => {
    await using broker = await startBroker({ quic });
    const client = await connected(t, broker.addresses.quic);
    if (client === undefined) return;
    assert.equal(broker.statistics.connectionsCount, 1);
    await client[Symbol.asyncDispose]();
    await eventually('it is gone', () => broker.statistics.connectionsCount === 0);
  });

  test('without ALPN, as the official client comes, it is turned away', async (t) => {
    if (program === undefined) return t.skip('there is no Rust on this machine');
    await using broker = await startBroker({ quic });
    const refusal = await QuinnClient.connect(program, broker.addresses.quic);
    assert.equal(typeof refusal, 'string');
    assert.match(String(refusal), /120|no_application_protocol|peer doesn't support/i);
  });
});
