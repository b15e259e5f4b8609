import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { createLogger } from '../../src/broker/logger.ts';
import type { BrokerOptions } from '../../src/broker/options.ts';
import { type Client, connect } from '../../src/client/client.ts';
import { startBroker } from '../support/broker.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { Collector } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';

const enabled = { 'telemetry.enabled': true };
/** The SDK that the process of these tests has set up. */
const spans = new InMemorySpanExporter();
const exported = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const tracerProvider = new TracerProvider({
  spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
});
const reader = new PeriodicExportingMetricReader({
  exporter: exported,
  exportIntervalMillis: 60_000,
});
const meterProvider = new MeterProvider({ readers: [reader] });

before(() => {
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
});

beforeEach(() => spans.reset());

after(async () => {
  await tracerProvider.shutdown();
  await meterProvider.shutdown();
});

/** Two messages sent to a group's topic and polled by it, and a request that is refused. */
async function useTopic(client: Client): Promise<void> {
  await client.streams.create('dev');
  await client.topics.create('dev', 'events', { partitions: 1 });
  await client.groups.create('dev', 'events', 'readers');
  await client.groups.join('dev', 'events', 'readers');
  const two = [{ payload: 'one' }, { payload: 'two' }];
  await client.messages.send('dev', 'events', two, { partition: 0 });
  await client.messages.poll('dev', 'events', { group: 'readers', count: 10 });
  await assert.rejects(client.streams.create('dev'));
}

async function runWith(options: BrokerOptions): Promise<void> {
  await using broker = await startBroker({ threads: 1, ...options });
  await using client = await connect(broker.url);
  await useTopic(client);
}

test('commands are spans of the SDK that the process has set up', async () => {
  const startedMs = Date.now();
  await runWith({ settings: enabled });
  const finished = spans.getFinishedSpans();
  const named = (name: string) => finished.filter((span) => span.name === name);
  const [send] = named('message.send dev/events');
  const { 'messaging.client.id': clientId, 'client.port': port, ...attributes } = send.attributes;
  assert.deepEqual(attributes, {
    'messaging.system': 'veltro',
    'messaging.operation.name': 'message.send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': 'dev/events',
    'messaging.destination.partition.id': '0',
    'messaging.batch.message_count': 2,
    'client.address': '127.0.0.1',
    'network.protocol.name': 'tcp',
    'veltro.request.size': attributes['veltro.request.size'],
    'veltro.response.size': 8,
    'veltro.status': 0,
  });
  assert.match(String(clientId), /^\d+$/);
  assert.ok(Number(port) > 0 && Number(attributes['veltro.request.size']) > 2 * 64);
  assert.equal(send.kind, SpanKind.SERVER);
  assert.equal(send.status.code, SpanStatusCode.UNSET);
  assert.equal(send.instrumentationScope.name, 'veltro');
  const sentAtMs = send.startTime[0] * 1000;
  assert.ok(sentAtMs >= startedMs - 1000 && sentAtMs <= Date.now(), 'it happened just now');

  const [poll] = named('message.poll dev/events');
  assert.equal(poll.attributes['messaging.operation.type'], 'receive');
  assert.equal(poll.attributes['messaging.consumer.group.name'], 'readers');
  assert.equal(poll.attributes['messaging.batch.message_count'], 2);
  const [, refused] = named('stream.create');
  assert.equal(refused.attributes['error.type'], 'StreamNameAlreadyExists');
  assert.equal(refused.status.code, SpanStatusCode.ERROR);
});

test('a broker that is not asked for spans makes none, whoever else does', async () => {
  await using other = await startBroker({ threads: 1, settings: enabled });
  await using client = await connect(other.url);
  await runWith({});
  await client.ping();
  const names = spans.getFinishedSpans().map(({ name }) => name);
  assert.ok(names.includes('ping'));
  assert.ok(!names.some((name) => name.startsWith('message.')), names.join());
});

test('what is counted for Prometheus is read by the SDK as well', async () => {
  await using broker = await startBroker({ threads: 1, settings: enabled });
  await using client = await connect(broker.url);
  await useTopic(client);
  exported.reset();
  await meterProvider.forceFlush();
  const all = exported.getMetrics()[0].scopeMetrics.flatMap((scope) => scope.metrics);
  const points = (name: string) =>
    all.find(({ descriptor }) => descriptor.name === name)?.dataPoints;
  assert.equal(points('veltro.sent_messages')?.[0].value, 2);
  assert.equal(points('veltro.append_seconds.count')?.[0].value, 1);
  assert.deepEqual(
    points('veltro.topic_messages')?.map(({ value, attributes }) => ({ value, ...attributes })),
    [{ value: 2, stream: 'dev', topic: 'events' }],
  );
  const durations = points('veltro.command.duration') ?? [];
  const sends = durations.filter(
    ({ attributes }) => attributes['messaging.operation.name'] === 'message.send',
  );
  const { count } = sends.at(-1)!.value as { count: number };
  assert.ok(count >= 1);
});

/** Names and kinds of what a collector got as JSON. */
function namesIn({ collected }: Collector, path: string): string[] {
  const texts = collected.filter((got) => got.path === path).map(({ body }) => body.toString());
  return texts.flatMap((text) => [...text.matchAll(/"name":"([^"]+)"/g)].map(([, name]) => name));
}

function endpoints({ url }: Collector, transport: string) {
  return {
    ...enabled,
    'telemetry.service_name': 'orders-broker',
    'telemetry.traces.endpoint': `${url}/v1/traces`,
    'telemetry.traces.transport': transport,
    'telemetry.metrics.endpoint': `${url}/v1/metrics`,
    'telemetry.metrics.transport': transport,
  };
}

test('spans and metrics are exported to a collector, the last ones at the stop', async () => {
  await using collector = await Collector.listen();
  await runWith({ settings: endpoints(collector, 'http-json') });
  assert.ok(namesIn(collector, '/v1/traces').includes('message.send dev/events'));
  assert.ok(namesIn(collector, '/v1/metrics').includes('veltro.sent_messages'));
  for (const { contentType, body } of collector.collected) {
    assert.equal(contentType, 'application/json');
    assert.match(body.toString(), /"key":"service.name","value":{"stringValue":"orders-broker"}/);
  }
  assert.deepEqual(spans.getFinishedSpans(), [], 'the SDK of the process gets none');
});

test('of so many commands one is exported', async () => {
  await using collector = await Collector.listen();
  const rare = { 'telemetry.traces.one_in': Number.MAX_SAFE_INTEGER };
  await runWith({ settings: { ...endpoints(collector, 'http-json'), ...rare } });
  assert.deepEqual(namesIn(collector, '/v1/traces'), []);
  assert.ok(namesIn(collector, '/v1/metrics').includes('veltro.command.duration'));
});

test('the same in binary form', async () => {
  await using collector = await Collector.listen();
  await runWith({ settings: endpoints(collector, 'http') });
  const bodyOf = (path: string) =>
    Buffer.concat(collector.collected.filter((got) => got.path === path).map(({ body }) => body));
  assert.ok(bodyOf('/v1/traces').includes('message.send dev/events'));
  assert.ok(bodyOf('/v1/metrics').includes('veltro.sent_messages'));
  assert.ok(collector.collected.every((got) => got.contentType === 'application/x-protobuf'));
});

test('so does the broker of the command line', async () => {
  await using collector = await Collector.listen();
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-telemetry-'));
  const settings = {
    VELTRO_TELEMETRY_ENABLED: 'true',
    VELTRO_TELEMETRY_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
  };
  try {
    const broker = await BrokerProcess.start({ dataDir, threads: 1, settings });
    const client = await connect(broker.url);
    await useTopic(client);
    await client.close();
    assert.equal(await broker.end('SIGTERM'), 0);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
  const bodies = Buffer.concat(collector.collected.map(({ body }) => body));
  assert.ok(bodies.includes('message.send dev/events'));
  assert.deepEqual([...new Set(collector.collected.map(({ path }) => path))], ['/v1/traces']);
});

test('a collector that refuses is reported once, and keeps nobody waiting', async () => {
  await using collector = await Collector.listen();
  collector.status = 400;
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const logger = createLogger({ level: 'warn', format: 'json', destination });
  const settings = { ...endpoints(collector, 'http'), 'telemetry.metrics.interval': '20 ms' };
  {
    await using broker = await startBroker({ threads: 1, settings, logger });
    await using client = await connect(broker.url);
    await useTopic(client);
    await eventually('it was asked again and again', () => collector.collected.length > 5);
  }
  const reports = lines.map((line) => JSON.parse(line).msg as string);
  assert.deepEqual(
    reports.map((text) => /^(Spans|Metrics) to \S+ are lost: /.exec(text)?.[1]).sort(),
    ['Metrics', 'Spans'],
  );
});

test('an endpoint that is none is refused with the name of its key', async () => {
  const settings = { ...enabled, 'telemetry.traces.endpoint': 'localhost:4318' };
  await assert.rejects(
    startBroker({ threads: 1, settings }),
    /telemetry\.traces\.endpoint .*must be a URL that begins with http/,
  );
});
