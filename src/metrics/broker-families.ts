import type { Services } from '../commands/services.ts';
import { type Family, type Sample, single } from './family.ts';

/** What the acceptor knows: connections, requests and the memory that they share. */
export function brokerFamilies(services: Services, version: string): Family[] {
  const { catalog, router, sessions, waitingPolls, requests } = services;
  return [
    {
      type: 'gauge',
      name: 'veltro_build_info',
      help: 'Version of the broker and of Node.js; always 1.',
      collect: () => [{ labels: { version, node: process.version }, value: 1 }],
    },
    {
      type: 'gauge',
      name: 'veltro_connections',
      help: 'Open connections by transport.',
      collect: () =>
        counted(
          'transport',
          [...sessions].map(({ transport }) => transport),
        ),
    },
    {
      type: 'counter',
      name: 'veltro_requests_total',
      help: 'Requests by command.',
      collect: () => requests.byCommand(),
    },
    {
      type: 'counter',
      name: 'veltro_failed_requests_total',
      help: 'Requests that were answered with another status than 0, by status.',
      collect: () => requests.byStatus(),
    },
    single(
      'gauge',
      'veltro_waiting_polls',
      'Partitions and groups that some poll waits for.',
      () => waitingPolls.size,
    ),
    single('gauge', 'veltro_streams', 'Streams.', () => catalog.streams.size),
    single('gauge', 'veltro_partitions', 'Partitions of all topics.', () => router.partitionsCount),
    single(
      'gauge',
      'veltro_arena_bytes',
      'Shared memory of requests, responses and cached messages.',
      () => router.arena.bytes.byteLength,
    ),
    single(
      'gauge',
      'veltro_arena_frame_bytes',
      'Part of it in use by requests that arrive, are worked on or are kept as cache.',
      () => router.frameBytesUsed,
    ),
  ];
}

/** How often each value occurs. */
function counted(label: string, values: readonly string[]): Sample[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ labels: { [label]: value }, value: count }));
}
