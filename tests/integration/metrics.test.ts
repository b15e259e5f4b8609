import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { type Client, connect } from '../../src/client/client.ts';
import { RingProducer } from '../../src/shards/ring.ts';
import { textOf } from '../repository/project-files.ts';
import { startBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { HttpCaller } from '../support/http-caller.ts';
import { familiesOf, seriesOf } from '../support/prometheus.ts';

const SCRAPES = 10;
const ROUNDS_PER_SCRAPE = 5;
const OPERATORS = ['and', 'or', 'unless', 'bool'];

/** The family of a series: its name without labels and without the part of a histogram. */
function familyOf(series: string): string {
  return series.replace(/\{.*$/, '').replace(/_(bucket|sum|count)$/, '');
}

/** Metrics that the page for operators names. */
function documentedMetrics(): string[] {
  const rows = textOf('docs/operating.md').match(/^\| `veltro_.*$/gm) ?? [];
  return rows.flatMap((row) => [...row.matchAll(/`(veltro_\w+)`/g)].map(([, name]) => name));
}

/** Producers and consumers that go on until they are stopped. */
class Load implements AsyncDisposable {
  readonly #client: Client;
  readonly #running: Promise<unknown>;
  #roundsCount = 0;
  #isStopped = false;

  private constructor(client: Client) {
    this.#client = client;
    this.#running = Promise.all([0, 1, 2, 3].map((partition) => this.#run(partition)));
  }

  static async start(url: string): Promise<Load> {
    const client = await connect(url);
    await client.streams.create('busy');
    await client.topics.create('busy', 'events', { partitions: 4 });
    await client.groups.create('busy', 'events', 'readers');
    await client.groups.join('busy', 'events', 'readers');
    return new Load(client);
  }

  /** Resolves when so many more batches were sent and polled. */
  async rounds(count: number): Promise<void> {
    const wanted = this.#roundsCount + count;
    await eventually('the load goes on', () => this.#roundsCount >= wanted);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    await this.#client.close();
  }

  async #run(partition: number): Promise<void> {
    const batch = Array.from({ length: 20 }, (_, i) => ({ payload: `message ${i}` }));
    while (!this.#isStopped) {
      await this.#client.messages.send('busy', 'events', batch, { partition });
      await this.#client.messages.poll('busy', 'events', { group: 'readers', autoCommit: true });
      this.#roundsCount++;
    }
  }
}

test('metrics tell what was sent, polled and asked for', async () => {
  await using broker = await startBroker({ threads: 2 });
  await using client = await connect(broker.url);
  await client.streams.create('dev');
  await client.topics.create('dev', 'say "hi"', { partitions: 3 });
  await client.groups.create('dev', 'say "hi"', 'readers');
  await client.groups.join('dev', 'say "hi"', 'readers');
  const batch = Array.from({ length: 10 }, (_, i) => ({ payload: `message ${i}` }));
  for (const partition of [0, 0, 1]) {
    await client.messages.send('dev', 'say "hi"', batch, { partition });
  }
  const polled = await client.messages.poll('dev', 'say "hi"', { partition: 0, count: 15 });
  assert.equal(polled.messages.length, 15);
  const group = { group: 'readers', partition: 0, offset: 4n };
  await client.offsets.store('dev', 'say "hi"', group);
  await assert.rejects(client.streams.create('dev'));

  const text = await broker.metrics();
  const values = seriesOf(text);
  const topic = 'stream="dev",topic="say \\"hi\\""';
  const sum = (name: string) =>
    [0, 1].reduce((s, i) => s + values.get(`${name}{shard="${i}"}`)!, 0);
  assert.equal(values.get('veltro_connections{transport="tcp"}'), 1);
  assert.equal(values.get('veltro_requests_total{command="message.send"}'), 3);
  assert.equal(values.get('veltro_requests_total{command="stream.create"}'), 2);
  assert.equal(values.get('veltro_failed_requests_total{status="1012"}'), 1);
  assert.equal(sum('veltro_sent_messages_total'), 30);
  assert.equal(sum('veltro_polled_messages_total'), 15);
  assert.equal(sum('veltro_append_seconds_count'), 3);
  assert.equal(values.get('veltro_shard_up{shard="1"}'), 1);
  assert.equal(values.get(`veltro_topic_messages{${topic}}`), 30);
  assert.equal(values.get(`veltro_topic_stored_messages_total{${topic}}`), 30);
  assert.equal(values.get(`veltro_topic_segments{${topic}}`), 3);
  assert.equal(values.get(`veltro_group_lag_messages{${topic},group="readers",partition="0"}`), 15);
  assert.equal(values.get(`veltro_group_members{${topic},group="readers"}`), 1);
  assert.ok(values.get('process_resident_memory_bytes')! > 0);
  const all = values.get('veltro_append_seconds_bucket{shard="0",le="+Inf"}');
  assert.equal(all, values.get('veltro_append_seconds_count{shard="0"}'));
});

test('metrics follow a topic that is purged and deleted, and a shard that dies', async () => {
  await using broker = await startBroker({ threads: 1 });
  await using client = await connect(broker.url);
  await client.streams.create('dev');
  await client.topics.create('dev', 'events', { partitions: 1 });
  await client.groups.create('dev', 'events', 'readers');
  await client.groups.join('dev', 'events', 'readers');
  await client.messages.send('dev', 'events', [{ payload: 'one' }, { payload: 'two' }]);
  await client.offsets.store('dev', 'events', { group: 'readers', partition: 0, offset: 0n });
  const topic = 'stream="dev",topic="events"';
  const lag = `veltro_group_lag_messages{${topic},group="readers",partition="0"}`;
  const read = async () => seriesOf(await broker.metrics());
  assert.equal((await read()).get(lag), 1);

  broker.crashShard(0);
  await eventually('the shard is down', () => broker.statistics.shardsUpCount === 0);
  await eventually('the shard is back', async () => {
    const values = await read();
    return values.get('veltro_shard_up{shard="0"}') === 1 && values.get(lag) === 1;
  });
  assert.equal((await read()).get('veltro_sent_messages_total{shard="0"}'), 2);

  await client.topics.purge('dev', 'events');
  const purged = await read();
  assert.equal(purged.get(`veltro_topic_messages{${topic}}`), 0);
  assert.equal(purged.get(lag), undefined);

  await client.topics.delete('dev', 'events');
  const deleted = [...(await read()).keys()].filter((name) => name.includes(topic));
  assert.deepEqual(deleted, []);
});

test('scrapes under load parse, have every metric of the documentation, and counters only grow', async () => {
  await using broker = await startBroker({ threads: 2, http: { port: 0 } });
  const http = new HttpCaller(broker);
  const texts: string[] = [];
  {
    await using load = await Load.start(broker.url);
    for (let i = 0; i < SCRAPES; i++) {
      await load.rounds(ROUNDS_PER_SCRAPE);
      const { status, text, headers } = await http.get('/metrics');
      assert.equal(status, 200);
      assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
      texts.push(text);
    }
  }
  const families = familiesOf(texts[0]);
  const named = [...families.keys()].filter((name) => name.startsWith('veltro_'));
  assert.deepEqual(named.sort(), documentedMetrics().sort());
  const growing = new Set([...families].filter(([, { type }]) => type !== 'GAUGE').map(([n]) => n));
  let previous = new Map<string, number>();
  for (const text of texts) {
    assert.deepEqual([...familiesOf(text).keys()], [...families.keys()]);
    const series = seriesOf(text);
    for (const [name, value] of previous) {
      if (!growing.has(familyOf(name))) continue;
      assert.ok(series.get(name)! >= value, `${name} went from ${value} to ${series.get(name)}`);
    }
    previous = series;
  }
  assert.ok(previous.get('veltro_requests_total{command="message.send"}')! >= SCRAPES);
});

test('a scrape asks no shard, and needs none', async () => {
  await using broker = await startBroker({ threads: 2 });
  await using client = await connect(broker.url);
  await client.streams.create('dev');
  await client.topics.create('dev', 'events', { partitions: 2 });
  await broker.metrics();
  const asked = mock.method(RingProducer.prototype, 'reserve');
  try {
    await broker.metrics();
    assert.equal(asked.mock.callCount(), 0);
    await client.messages.send('dev', 'events', [{ payload: 'one' }]);
    assert.ok(asked.mock.callCount() > 0, 'a request asks a shard');
  } finally {
    asked.mock.restore();
  }

  for (const shard of [0, 1]) broker.crashShard(shard);
  await eventually('all shards are down', () => broker.statistics.shardsUpCount === 0);
  const series = seriesOf(await broker.metrics());
  assert.equal(series.get('veltro_shard_up{shard="0"}'), 0);
  assert.equal(series.get('veltro_shard_up{shard="1"}'), 0);
  assert.equal(series.get('veltro_requests_total{command="message.send"}'), 1);
});

/** Names in an expression of the dashboard that are no functions, labels or variables. */
function metricsIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, ' ')
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right) *\([^)]*\)/g, ' ');
  return [...bare.matchAll(/\b[a-z_]\w*\b(?! *\()/g)]
    .map(([name]) => name)
    .filter((name) => !OPERATORS.includes(name));
}

interface DashboardPanel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
  readonly panels?: readonly DashboardPanel[];
}

test('every expression of the dashboard asks for metrics that there are', async () => {
  await using broker = await startBroker({ threads: 1 });
  const there = familiesOf(await broker.metrics());
  const { panels } = JSON.parse(textOf('docs/operating/grafana-dashboard.json')) as DashboardPanel;
  const all = panels!.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  const expressions = all.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ title, expr })),
  );
  assert.ok(expressions.length > 20);
  for (const { title, expr } of expressions) {
    const names = metricsIn(expr);
    assert.ok(names.length > 0, `${title}: ${expr} names no metric`);
    for (const name of names) {
      const isThere = there.has(name) || there.get(familyOf(name))?.type === 'HISTOGRAM';
      assert.ok(isThere, `${title}: there is no metric ${name}`);
    }
  }
});
