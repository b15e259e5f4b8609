import { nodeFileSystem } from '../files/node-file-system.ts';
import type { Layout } from '../storage/layout.ts';
import type { KnownStreams } from './orphans.ts';

/** Streams with their topics, and the partitions of these, by their numbers. */
export type PartitionTree = readonly {
  readonly id: number;
  readonly topics: readonly { readonly id: number; readonly partitionIds: readonly number[] }[];
}[];

const NUMBER = /^(0|[1-9]\d*)$/;

/** What the catalog knows. */
export function knownTree(catalog: KnownStreams): PartitionTree {
  return catalog.streams.sorted().map((stream) => ({
    id: stream.id,
    topics: stream.topics.sorted().map(({ id, partitions }) => ({
      id,
      partitionIds: partitions.map((_, partitionId) => partitionId),
    })),
  }));
}

/** What the folders of a data directory look like. */
export function foundTree(layout: Layout): PartitionTree {
  return numbersIn(layout.streams()).map((id) => ({
    id,
    topics: numbersIn(layout.topics(id)).map((topicId) => ({
      id: topicId,
      partitionIds: numbersIn(layout.partitions(id, topicId)),
    })),
  }));
}

function numbersIn(folder: string): number[] {
  if (!nodeFileSystem.hasFolder(folder)) return [];
  const names = nodeFileSystem.list(folder).filter((name) => NUMBER.test(name));
  return names.map(Number).sort((a, b) => a - b);
}
