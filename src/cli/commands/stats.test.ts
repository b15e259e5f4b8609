import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stats } from '../../wire/classic/structures/stats.ts';
import { statsProperties } from './stats.ts';

const stats: Stats = {
  processId: 42,
  cpuUsagePercent: 12.345,
  totalCpuUsagePercent: 50,
  memoryUsageBytes: 1536n,
  totalMemoryBytes: 8n * 1024n ** 3n,
  availableMemoryBytes: 1024n ** 3n,
  runTimeMicros: 3_661_500_000n,
  startedAt: 1_700_000_000_000_000n,
  readBytes: 1n,
  writtenBytes: 2n,
  messagesSizeBytes: 3n,
  streamsCount: 4,
  topicsCount: 5,
  partitionsCount: 6,
  segmentsCount: 7,
  messagesCount: 8n,
  clientsCount: 9,
  consumerGroupsCount: 10,
  hostname: 'host',
  osName: 'Linux',
  osVersion: '12',
  kernelVersion: '6.1',
  serverVersion: '0.1.0',
  serverSemver: 1000,
  cacheMetrics: [],
  threadsCount: 11,
  freeDiskSpaceBytes: 12n,
  totalDiskSpaceBytes: 13n,
};

test('statistics are shown with units', () => {
  const shown = new Map(statsProperties(stats));
  assert.equal(shown.get('Started'), '2023-11-14 22:13:20');
  assert.equal(shown.get('Run time'), '1 h 1 m 1 s');
  assert.equal(shown.get('CPU, broker'), '12.3 %');
  assert.equal(shown.get('Memory, broker'), '1.5 KiB');
  assert.equal(shown.get('Memory, machine'), '8.0 GiB');
  assert.equal(shown.get('Messages'), '8');
  assert.equal(shown.get('Threads'), '11');
  assert.equal(shown.get('System'), 'Linux 12, kernel 6.1');
});
