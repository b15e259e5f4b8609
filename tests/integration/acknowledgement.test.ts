import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runProgram } from '../../src/cli/program.ts';
import { connect } from '../../src/client/client.ts';
import { createTopic } from '../../src/wire/classic/commands/create-topic.ts';
import { getTopic } from '../../src/wire/classic/commands/get-topic.ts';
import { ping } from '../../src/wire/classic/commands/ping.ts';
import { updateTopic } from '../../src/wire/classic/commands/update-topic.ts';
import { startBroker } from '../support/broker.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';
import { HttpCaller, topicBody } from '../support/http-caller.ts';
import { RawClient } from '../support/raw-client.ts';

describe('What an acknowledgement of a topic means', () => {
  it('is chosen for each topic, told, changed, and kept over a restart', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'veltro-levels-'));
    const settings = { 'system.partition.acknowledgement': 'interval' };
    const levels = async (url: string) => {
      await using client = await connect(url);
      const names = ['plain', 'synced', 'changed'];
      const topics = await Promise.all(names.map((name) => client.topics.get('dev', name)));
      return topics.map((topic) => topic?.acknowledgement);
    };
    const expected = [
      { level: 'interval', isDefault: true },
      { level: 'synced', isDefault: false },
      { level: 'written', isDefault: false },
    ];
    try {
      const broker = await startBroker({ dataDir, settings });
      await using client = await connect(broker.url);
      await client.streams.create('dev');
      await client.topics.create('dev', 'plain');
      const synced = await client.topics.create('dev', 'synced', { acknowledgement: 'synced' });
      assert.deepEqual(synced.acknowledgement, expected[1]);
      await client.topics.create('dev', 'changed', { acknowledgement: 'interval' });
      await client.topics.update('dev', 'changed', { acknowledgement: 'written' });
      await client.topics.update('dev', 'changed', { compression: 'gzip' });
      assert.deepEqual(await levels(broker.url), expected);
      for (const name of ['plain', 'synced', 'changed']) {
        await client.messages.send('dev', name, [{ payload: name }]);
        await client.messages.flush('dev', name, 0, { fsync: true });
      }
      await client.topics.update('dev', 'synced', { acknowledgement: null });
      assert.equal((await levels(broker.url))[1]?.isDefault, true);
      await client.topics.update('dev', 'synced', { acknowledgement: 'synced' });
      await broker.stop();
      const again = await startBroker({ dataDir, settings });
      assert.deepEqual(await levels(again.url), expected);
      await again.stop();
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  });

  it('is not told to clients of the protocol, and theirs to set is not undone by them', async () => {
    await using broker = await startBroker();
    await using ours = await connect(broker.url);
    await ours.streams.create('dev');
    await ours.topics.create('dev', 'events', { acknowledgement: 'synced', partitions: 2 });
    await using plain = await RawClient.login(broker);
    const target = { streamId: 'dev', topicId: 'events' };
    const details = await plain.call(getTopic, target);
    assert.deepEqual([details?.partitions.length, details?.acknowledgement], [2, undefined]);
    const settings = {
      compressionAlgorithm: 1,
      messageExpiryMicros: 0n,
      maxSizeBytes: 0n,
      replicationFactor: 1,
    };
    // Bytes behind the payload of somebody who did not greet mean nothing.
    const foreign = { ...settings, name: 'renamed', acknowledgement: 'written' } as const;
    await plain.call(updateTopic, { ...target, ...foreign });
    const renamed = await ours.topics.get('dev', 'renamed');
    assert.deepEqual(renamed?.acknowledgement, { level: 'synced', isDefault: false });
    const other = { streamId: 'dev', partitionsCount: 1, ...foreign, name: 'other' };
    assert.equal((await plain.call(createTopic, other)).acknowledgement, undefined);
    await plain.call(ping, { knowsExtensions: true });
    const told = await plain.call(getTopic, { streamId: 'dev', topicId: 'other' });
    assert.deepEqual(told?.acknowledgement, { level: 'written', isDefault: true });
  });

  it('is set and told over HTTP as it is over TCP', async () => {
    const settings = { 'system.partition.acknowledgement': 'interval' };
    await using broker = await startBroker({ http: { port: 0 }, settings });
    await using client = await connect(broker.url);
    const root = await HttpCaller.login(broker);
    await root.post('/streams', { name: 'dev' });
    const create = (changes: object) => root.post('/streams/dev/topics', topicBody({ ...changes }));
    const acknowledgementOf = (json: unknown) =>
      (json as { acknowledgement: unknown }).acknowledgement;
    const read = async (name: string) =>
      acknowledgementOf((await root.get(`/streams/dev/topics/${name}`)).json);
    const standard = { level: 'interval', is_default: true };
    assert.deepEqual(acknowledgementOf((await create({ name: 'plain' })).json), standard);
    const synced = { level: 'synced', is_default: false };
    const created = await create({ name: 'synced', acknowledgement: 'synced' });
    assert.deepEqual(acknowledgementOf(created.json), synced);
    const told = await client.topics.get('dev', 'synced');
    assert.deepEqual(told?.acknowledgement, { level: 'synced', isDefault: false });
    const update = (changes: object) =>
      root.put('/streams/dev/topics/synced', topicBody({ name: 'synced', ...changes }));
    for (const [changes, expected] of [
      [{}, synced],
      [{ acknowledgement: 'written' }, { level: 'written', is_default: false }],
      [{ acknowledgement: 'SERVER_DEFAULT' }, standard],
    ] as const) {
      assert.equal((await update(changes)).status, 204);
      assert.deepEqual(await read('synced'), expected);
    }
    for (const bad of ['fast', '', 1]) {
      const { status, json } = await update({ acknowledgement: bad });
      assert.deepEqual([status, (json as { field: string }).field], [422, 'acknowledgement']);
    }
    assert.deepEqual(await read('synced'), standard);
  });

  it('is set and shown on the command line', async () => {
    await using broker = await startBroker({
      settings: { 'system.partition.enforce_fsync': true },
    });
    await using client = await connect(broker.url);
    await client.streams.create('dev');
    const run = async (...words: string[]) => {
      const terminal = fakeTerminal();
      const code = await runProgram(words, { ...terminal, connect: () => connect(broker.url) });
      assert.equal(code, 0, terminal.errors());
      return terminal.output();
    };
    await run('topic', 'create', 'dev', 'a', '--acknowledgement', 'interval');
    assert.match(await run('topic', 'get', 'dev', 'a'), /Acknowledgement {2}interval\n/);
    await run('topic', 'update', 'dev', 'a', '--acknowledgement', 'server_default');
    const shown = await run('topic', 'get', 'dev', 'a');
    assert.match(shown, /Acknowledgement {2}synced \(default of the broker\)/);
  });
});
