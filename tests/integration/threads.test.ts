import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from '../../src/client/client.ts';
import { startBroker } from '../support/broker.ts';

const PARTITIONS = 5;

test('a data directory opens with 1, 2 and 4 threads, one after the other', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'veltro-threads-'));
  const expected: string[][] = Array.from({ length: PARTITIONS }, () => []);
  try {
    for (const [run, threads] of [1, 2, 4, 2, 1].entries()) {
      await using broker = await startBroker({ threads, dataDir });
      await using client = await connect(broker.url);
      if (run === 0) {
        await client.streams.create('shared');
        await client.topics.create('shared', 'events', { partitions: PARTITIONS });
      }
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const { messages } = await client.messages.poll('shared', 'events', {
          partition,
          strategy: 'first',
        });
        assert.deepEqual(
          messages.map(({ payload }) => payload.toString()),
          expected[partition],
        );
        const payload = `run ${run} partition ${partition}`;
        await client.messages.send('shared', 'events', [{ payload }], { partition });
        expected[partition].push(payload);
        await client.offsets.store('shared', 'events', { partition, offset: BigInt(run) });
      }
      const offset = await client.offsets.get('shared', 'events', { partition: 1 });
      assert.equal(offset?.storedOffset, BigInt(run));
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
