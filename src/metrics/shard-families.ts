import type { ShardFigure, ShardTimer } from '../shards/shard-counters.ts';
import type { ShardLink } from '../shards/shard-link.ts';
import type { ShardRouter } from '../shards/shard-router.ts';
import { type Family, histogramSamples } from './family.ts';

interface FigureRow {
  readonly figure: ShardFigure;
  /** Counted apart, and part of the same. */
  readonly besides?: ShardFigure;
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
}

const figures: readonly FigureRow[] = [
  {
    figure: 'acknowledgedMessages',
    type: 'counter',
    name: 'veltro_sent_messages_total',
    help: 'Messages of batches that were acknowledged, duplicates included.',
  },
  {
    figure: 'acknowledgedBytes',
    type: 'counter',
    name: 'veltro_sent_bytes_total',
    help: 'Bytes of those messages with their headers.',
  },
  {
    figure: 'polledMessages',
    besides: 'readAheadMessages',
    type: 'counter',
    name: 'veltro_polled_messages_total',
    help: 'Messages that polls gave.',
  },
  {
    figure: 'polledBytes',
    besides: 'readAheadBytes',
    type: 'counter',
    name: 'veltro_polled_bytes_total',
    help: 'Bytes of those messages with their headers.',
  },
  {
    figure: 'refusedBatches',
    type: 'counter',
    name: 'veltro_refused_batches_total',
    help: 'Batches that were not valid or could not be taken.',
  },
  {
    figure: 'failedFlushes',
    type: 'counter',
    name: 'veltro_failed_flushes_total',
    help: 'Times that a partition could not write or sync what was sent.',
  },
  {
    figure: 'openFiles',
    type: 'gauge',
    name: 'veltro_open_files',
    help: 'Files of partitions that are open.',
  },
  {
    figure: 'cachedFrameBytes',
    type: 'gauge',
    name: 'veltro_cached_frame_bytes',
    help: 'Memory of requests that are kept as cache.',
  },
  {
    figure: 'cachedRegionBytes',
    type: 'gauge',
    name: 'veltro_cached_region_bytes',
    help: 'Memory of the shard that holds small batches as cache.',
  },
  {
    figure: 'heapBytes',
    type: 'gauge',
    name: 'veltro_shard_heap_bytes',
    help: 'JavaScript heap of the shard in use.',
  },
];

interface TimerRow {
  readonly timer: ShardTimer;
  readonly name: string;
  readonly help: string;
}

const timers: readonly TimerRow[] = [
  {
    timer: 'append',
    name: 'veltro_append_seconds',
    help:
      'From taking a send out of the ring to its being written, and synced where that is asked ' +
      'for. Sends that are written together count with the time of the oldest.',
  },
  {
    timer: 'poll',
    name: 'veltro_poll_seconds',
    help: 'Time in which the shard found the answer to a poll.',
  },
  { timer: 'sync', name: 'veltro_sync_seconds', help: 'Time of one sync of a file.' },
];

/** What shards count in shared memory, and what the acceptor sees of them. */
export function shardFamilies(router: ShardRouter): Family[] {
  return [
    ofLinks(router, 'veltro_shard_up', 'Whether the worker of the shard works.', ({ isUp }) =>
      isUp ? 1 : 0,
    ),
    ofLinks(
      router,
      'veltro_shard_waiting_requests',
      'Requests that the shard has not answered.',
      ({ callsWaiting }) => callsWaiting,
    ),
    ofLinks(
      router,
      'veltro_shard_ring_depth',
      'Requests in the ring that the shard has not taken.',
      ({ ringDepth }) => ringDepth,
    ),
    ofLinks(
      router,
      'veltro_shard_replies_out',
      'Answers to polls whose memory waits for slow readers.',
      ({ repliesOut }) => repliesOut,
    ),
    ...figures.map(
      ({ figure, besides, ...head }): Family => ({
        ...head,
        collect: () =>
          router.counters.map((counters, shard) => ({
            labels: { shard },
            value: counters.get(figure) + (besides === undefined ? 0 : counters.get(besides)),
          })),
      }),
    ),
    ...timers.map(
      ({ timer, ...head }): Family => ({
        ...head,
        type: 'histogram',
        collect: () =>
          router.counters.flatMap((counters, shard) =>
            histogramSamples(head.name, { shard }, counters.latencies(timer)),
          ),
      }),
    ),
  ];
}

function ofLinks(
  { links }: ShardRouter,
  name: string,
  help: string,
  read: (link: ShardLink) => number,
): Family {
  const collect = () => links.map((link) => ({ labels: { shard: link.shard }, value: read(link) }));
  return { type: 'gauge', name, help, collect };
}
