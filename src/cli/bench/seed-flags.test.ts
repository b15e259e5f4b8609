import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { addGlobalOptions, type GlobalFlags } from './global-options.ts';
import { addSeedFlags, hasSeedFlags, type SeedFlags, seedRuns } from './seed-flags.ts';

function parse(line: string): SeedFlags & GlobalFlags {
  const command = addSeedFlags(addGlobalOptions(new Command())).exitOverride();
  command.parse(line.split(' '), { from: 'user' });
  return command.opts();
}

function runs(line: string) {
  const flags = parse(line);
  assert.equal(hasSeedFlags(flags), true, line);
  return seedRuns(flags, flags);
}

const send = '--tcp --test-send-messages --streams 10 --producers 10';

test('a write test is a run of pinned producers on numbered streams that are kept', () => {
  const line = `${send} --parallel-producer-streams --messages-per-batch 100 --message-size 50`;
  const [{ options, transport, flags }] = runs(line);
  assert.deepEqual(
    [options.kind, options.counts, options.places?.producers, options.reusesStreams],
    ['pinned-producer', { streams: 10, partitions: 1, producers: 10 }, 'own', true],
  );
  assert.deepEqual([options.batchLength.min, options.messageBytes.min], [100, 50]);
  assert.deepEqual([options.names.stream(1), options.names.topic], ['stream 3000001', 'topic 1']);
  assert.deepEqual([transport.name, flags.serverAddress], ['tcp', '127.0.0.1:8090']);
});

test('without the parallel flags all share the first stream', () => {
  assert.equal(runs(send)[0].options.places?.producers, 'first');
});

test('several transports run one after the other: http, quic, tcp', () => {
  const line = `${send} --quic --http --http-api-url http://there:1234 --quic-server-name x`;
  const found = runs(line).map(({ transport, flags, options }) => [
    transport.name,
    flags.serverAddress,
    options.names.stream(2),
  ]);
  assert.deepEqual(found, [
    ['http', 'there:1234', 'stream 1000002'],
    ['quic', '127.0.0.1:8080', 'stream 2000002'],
    ['tcp', '127.0.0.1:8090', 'stream 3000002'],
  ]);
});

test('a combination that makes no sense is one sentence', () => {
  for (const [line, sentence] of [
    ['--tcp --streams 1', /Give --test-send-messages/],
    ['--test-send-messages --streams 1 --producers 1', /Give at least one of --tcp/],
    ['--tcp --test-send-messages --producers 1', /number of --streams/],
    ['--tcp --test-send-messages --streams 1', /number of --producers/],
    ['--tcp --test-poll-messages --streams 1', /number of --consumers/],
    [
      '--tcp --test-send-messages --streams 1 --producers 2 --parallel-producer-streams',
      /There are 2 producers/,
    ],
    [
      '--tcp --test-poll-messages --streams 1 --consumers 2 --parallel-consumer-streams',
      /There are 2 consumers/,
    ],
  ] as const) {
    assert.throws(() => runs(line), { name: 'UsageError', message: sentence }, line);
  }
  assert.equal(hasSeedFlags(parse('--streams 3')), false);
});
