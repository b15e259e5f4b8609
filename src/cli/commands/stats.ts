import type { Command } from 'commander';
import { printDuration } from '../../../config/duration.ts';
import type { Stats } from '../../wire/classic/structures/stats.ts';
import { approximateSize, isoTime, shortTime } from '../format.ts';
import { describeLeaf, withClient } from '../leaf.ts';
import { properties } from '../output.ts';
import type { Terminal } from '../terminal.ts';

const MICROS_PER_SECOND = 1_000_000n;
const MS_PER_SECOND = 1000;

function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}

/** The statistics in words, one property a line; `hostname` and the like are left as they are. */
export function statsProperties(stats: Stats): [string, string][] {
  const runSeconds = Number(stats.runTimeMicros / MICROS_PER_SECOND);
  return [
    ['Server version', stats.serverVersion],
    ['Process ID', String(stats.processId)],
    ['Started', shortTime(stats.startedAt)],
    ['Run time', printDuration(runSeconds * MS_PER_SECOND)],
    ['CPU, broker', percent(stats.cpuUsagePercent)],
    ['CPU, machine', percent(stats.totalCpuUsagePercent)],
    ['Memory, broker', approximateSize(stats.memoryUsageBytes)],
    ['Memory, available', approximateSize(stats.availableMemoryBytes)],
    ['Memory, machine', approximateSize(stats.totalMemoryBytes)],
    ['Disk, free', approximateSize(stats.freeDiskSpaceBytes)],
    ['Disk, total', approximateSize(stats.totalDiskSpaceBytes)],
    ['Bytes read', approximateSize(stats.readBytes)],
    ['Bytes written', approximateSize(stats.writtenBytes)],
    ['Streams', String(stats.streamsCount)],
    ['Topics', String(stats.topicsCount)],
    ['Partitions', String(stats.partitionsCount)],
    ['Segments', String(stats.segmentsCount)],
    ['Messages', String(stats.messagesCount)],
    ['Messages, size', approximateSize(stats.messagesSizeBytes)],
    ['Clients', String(stats.clientsCount)],
    ['Consumer groups', String(stats.consumerGroupsCount)],
    ['Threads', String(stats.threadsCount)],
    ['Host', stats.hostname],
    ['System', `${stats.osName} ${stats.osVersion}, kernel ${stats.kernelVersion}`],
  ];
}

/** `veltro stats` */
export function configure(command: Command, terminal: Terminal): void {
  describeLeaf(command, {
    summary: 'show what the broker holds and uses',
    examples: ['stats', 'stats --json'],
  }).action(
    withClient(terminal, async ({ client }) => {
      const stats = await client.stats();
      return {
        json: { ...stats, startedAt: isoTime(stats.startedAt) },
        text: (style) => properties(statsProperties(stats), style),
      };
    }),
  );
}
