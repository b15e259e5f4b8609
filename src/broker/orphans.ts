import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { CatalogState } from '../catalog/state.ts';
import type { Layout } from '../storage/layout.ts';

/** What a catalog knows of folders. */
export type KnownStreams = Pick<CatalogState, 'streams'>;

/** Name of the folder in the data directory that takes what belongs to nothing. */
export const LOST_FOLDER = 'lost+found';

/**
 * Moves folders of streams, topics and partitions that the catalog does not know out of the way:
 * ids are used again, and a new topic must not find old messages. Nothing is deleted. Returns the
 * folders.
 */
export function moveOrphans(dataDir: string, layout: Layout, catalog: KnownStreams): string[] {
  return findOrphans(layout, catalog).map((orphan) => moveAway(dataDir, orphan));
}

/** Folders of streams, topics and partitions that the catalog does not know. */
export function findOrphans(layout: Layout, catalog: KnownStreams): string[] {
  const orphans: string[] = [];
  const check = (folder: string, isKnown: (id: number) => boolean) => {
    for (const name of foldersIn(folder)) {
      if (!isKnown(Number(name))) orphans.push(join(folder, name));
    }
  };
  check(layout.streams(), (id) => catalog.streams.find(id) !== undefined);
  for (const stream of catalog.streams) {
    check(layout.topics(stream.id), (id) => stream.topics.find(id) !== undefined);
    for (const topic of stream.topics) {
      const isKnown = (id: number) => id < topic.partitions.length;
      check(layout.partitions(stream.id, topic.id), isKnown);
    }
  }
  return orphans;
}

function moveAway(dataDir: string, orphan: string): string {
  const name = `${Date.now()}-${relative(dataDir, orphan).replaceAll(/[\\/]/g, '-')}`;
  const target = join(dataDir, LOST_FOLDER, name);
  mkdirSync(join(dataDir, LOST_FOLDER), { recursive: true });
  renameSync(orphan, target);
  return target;
}

function foldersIn(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}
