// Where a poll begins in a segment: the index of a million messages, in the page cache.
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { OpenFiles } from '../../src/storage/files.ts';
import { Segment } from '../../src/storage/segment.ts';
import { indexEntryBytes, pollBytesMax } from '../../src/wire/limits.ts';
import { type MicroSuite, type MicroTask, repeat } from './suite.ts';

const ENTRIES = 1_000_000;
const MESSAGE_BYTES = 1064;
const OPERATIONS = 100;
const COUNTS = [1, 1000];
/** Steps through the index without an order that a cache could guess. */
const STRIDE = 386_941;

function indexBytes(): Buffer {
  const bytes = Buffer.alloc(ENTRIES * indexEntryBytes);
  for (let number = 0; number < ENTRIES; number++) {
    bytes.writeUInt32LE(number, number * indexEntryBytes);
    bytes.writeUInt32LE((number + 1) * MESSAGE_BYTES, number * indexEntryBytes + 4);
    bytes.writeBigUInt64LE(BigInt(number) * 1000n, number * indexEntryBytes + 8);
  }
  return bytes;
}

function openSegment(files: OpenFiles, folder: string): Segment {
  const segment = new Segment(files, folder, 0);
  mkdirSync(dirname(segment.index.path), { recursive: true });
  writeFileSync(segment.index.path, indexBytes());
  writeFileSync(segment.log.path, '');
  truncateSync(segment.log.path, ENTRIES * MESSAGE_BYTES);
  segment.load(ENTRIES);
  return segment;
}

function place(number: number): number {
  return (number * STRIDE) % (ENTRIES - COUNTS[COUNTS.length - 1]);
}

function tasksOf(segment: Segment): MicroTask[] {
  const byOffset = COUNTS.map((count) => ({
    name: `bytes of ${count} messages from an offset on`,
    operations: OPERATIONS,
    run: repeat(OPERATIONS, (number) => {
      segment.span(place(number), count, pollBytesMax);
    }),
  }));
  const byTime = {
    name: 'first message from a time on',
    operations: OPERATIONS,
    run: repeat(OPERATIONS, (number) => {
      segment.firstAtOrAfter(place(number) * 1000);
    }),
  };
  return [...byOffset, byTime];
}

export function indexSuite(): MicroSuite {
  const folder = mkdtempSync(join(tmpdir(), 'veltro-micro-'));
  const files = new OpenFiles(2);
  const tasks = tasksOf(openSegment(files, folder));
  const close = () => {
    files.closeAll();
    rmSync(folder, { recursive: true });
  };
  return { name: 'index', tasks, close };
}
