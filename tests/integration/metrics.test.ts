import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../src/client/client.ts';
import { startBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';

/** Values by name and labels, such as `veltro_connections{transport="tcp"}`. */
function parse(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const match = /^([a-z0-9_]+(?:\{.*\})?) (\S+)$/.exec(line);
      assert.ok(match, line);
      return [match[1], Number(match[2])];
    }),
  );
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
  const values = parse(text);
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
  const read = async () => parse(await broker.metrics());
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
