import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../../src/client/client.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { startChild } from '../support/child-process.ts';
import { eventually } from '../support/eventually.ts';
import { projectRoot } from '../support/project-root.ts';

const isThere = spawnSync('haproxy', ['-v']).status === 0;
const skip = isThere ? false : 'HAProxy is not installed here (package haproxy)';
const CALLERS = 8;
const settings = {
  VELTRO_HTTP_FORWARDED_FOR: 'true',
  VELTRO_TCP_PROXY_PROTOCOL: 'true',
  VELTRO_LOAD_BALANCER_DRAIN_DELAY: '2 s',
  VELTRO_HTTP_JWT_ENCODING_SECRET: 'a secret that both brokers know of',
};

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(async (server) => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return (server.address() as { port: number }).port;
    }),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** The example of the documentation, on ports of this run. */
class Balanced implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'veltro-haproxy-'));
  readonly ports = new Map<number, number>();
  readonly brokers: BrokerProcess[] = [];
  readonly #proxy: ReturnType<typeof startChild>;

  private constructor(ports: Map<number, number>) {
    this.ports = ports;
    const example = readFileSync(join(projectRoot(), 'docs', 'haproxy.cfg'), 'utf8');
    const text = [...ports].reduce(
      (config, [from, to]) => config.replaceAll(new RegExp(`\\b${from}\\b`, 'g'), String(to)),
      example,
    );
    const path = join(this.folder, 'haproxy.cfg');
    writeFileSync(path, text);
    this.#proxy = startChild(['haproxy', '-db', '-f', path]);
  }

  static async start(): Promise<Balanced> {
    const named = [3001, 3002, 8091, 3100, 8190];
    const ports = await freePorts(named.length);
    const balanced = new Balanced(new Map(named.map((port, index) => [port, ports[index]])));
    for (const index of [0, 1]) balanced.brokers.push(await balanced.startBroker(index));
    await balanced.whenBalanced();
    return balanced;
  }

  startBroker(index: number): Promise<BrokerProcess> {
    const tcp = index === 0 ? this.ports.get(8091) : 0;
    return BrokerProcess.start({
      dataDir: join(this.folder, String(index)),
      threads: 1,
      address: `127.0.0.1:${tcp}`,
      http: `127.0.0.1:${this.ports.get(3001 + index)}`,
      settings,
    });
  }

  /** Stops a broker as a restart does, and starts it again on the same ports and data. */
  async restart(index: number): Promise<void> {
    assert.equal(await this.brokers[index].end('SIGTERM'), 0);
    this.brokers[index] = await this.startBroker(index);
    await this.whenBalanced();
  }

  get httpPort(): number {
    return this.ports.get(3100)!;
  }

  /** Both are asked again: the balancer looks three times a second. */
  async whenBalanced(): Promise<void> {
    await eventually('the balancer serves', async () => (await ask(this.httpPort)) === 200);
    await delay(1000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const broker of this.brokers) await broker.end('SIGKILL');
    this.#proxy.kill('SIGTERM');
    rmSync(this.folder, { recursive: true });
  }
}

/** The status of a request, 0 when there is no answer. */
function ask(port: number, agent?: Agent, token?: string): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const path = token === undefined ? '/ping' : '/streams';
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path, agent, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    asked.on('error', () => resolve(0)).end();
  });
}

async function login(port: number): Promise<string> {
  const body = JSON.stringify({ username: 'iggy', password: 'iggy' });
  const response = await fetch(`http://127.0.0.1:${port}/users/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return ((await response.json()) as { access_token: { token: string } }).access_token.token;
}

test('no request over HTTP fails while one broker after the other restarts', { skip }, async () => {
  await using balanced = await Balanced.start();
  const token = await login(balanced.httpPort);
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  const statuses = new Map<number, number>();
  let isOver = false;
  const callers = Array.from({ length: CALLERS }, async () => {
    while (!isOver) {
      const status = await ask(balanced.httpPort, agent, token);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  for (const index of [0, 1]) await balanced.restart(index);
  isOver = true;
  await Promise.all(callers);
  agent.destroy();
  assert.deepEqual([...statuses.keys()], [200], JSON.stringify([...statuses]));
  assert.ok(statuses.get(200)! > CALLERS, 'nothing was asked');
});

test('clients over TCP are seen as who they are, and lose nothing', { skip }, async () => {
  await using balanced = await Balanced.start();
  const address = `127.0.0.1:${balanced.ports.get(8190)}`;
  await using client = await connect(`iggy://iggy:iggy@${address}`);
  const me = await client.me();
  const direct = balanced.brokers[0].addresses.tcp;
  assert.match(me.address, /^127\.0\.0\.1:\d+$/);
  assert.notEqual(me.address, direct);
  await client.streams.create('dev');
  await client.topics.create('dev', 'events', { partitions: 1 });

  const acknowledged: bigint[] = [];
  let isOver = false;
  const sending = (async () => {
    for (let id = 1n; !isOver; id++) {
      try {
        await client.messages.send('dev', 'events', [{ id, payload: `message ${id}` }]);
        acknowledged.push(id);
      } catch {
        await delay(50);
      }
    }
  })();
  await eventually('messages are sent', () => acknowledged.length > 10);
  await balanced.restart(0);
  const before = acknowledged.length;
  await eventually('messages are sent again', () => acknowledged.length > before + 10);
  isOver = true;
  await sending;

  const found = new Set<bigint>();
  for (let offset = 0n; ; ) {
    const strategy = { offset };
    const { messages } = await client.messages.poll('dev', 'events', { partition: 0, strategy });
    if (messages.length === 0) break;
    for (const message of messages) found.add(message.id);
    offset += BigInt(messages.length);
  }
  assert.deepEqual(
    acknowledged.filter((id) => !found.has(id)),
    [],
  );
});
