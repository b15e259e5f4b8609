import { join } from 'node:path';
import type { Finding } from '../files/finding.ts';
import { OFFSET_BYTES, offsetFiles } from './consumer-offsets.ts';
import type { OpenFiles, StoredFile } from './files.ts';
import { baseOffsetOf } from './layout.ts';
import type { LogScanner } from './log-scanner.ts';
import { Segment } from './segment.ts';
import { straySegments } from './stray-segments.ts';
import { verifySegment } from './verify-segment.ts';

/** A partition that was looked through. */
export interface PartitionCheck {
  readonly segmentsCount: number;
  readonly messagesCount: number;
  readonly sizeBytes: number;
  readonly offsetsCount: number;
  readonly findings: readonly Finding[];
}

/** Looks through every file of a partition's folder and changes nothing. */
export function verifyPartition(
  files: OpenFiles,
  scanner: LogScanner,
  partitionDir: string,
  wasStoppedCleanly: boolean,
): PartitionCheck {
  const names = files.system.list(partitionDir);
  const bases = names
    .map(baseOffsetOf)
    .filter((base) => base !== undefined)
    .sort((a, b) => a - b);
  const findings = strayIndexes(partitionDir, names);
  const found = bases.map((base) => new Segment(files, partitionDir, base));
  const strays = straySegments(scanner, found);
  for (const { log } of strays) {
    const problem = 'an empty segment inside the one before';
    findings.push({ path: log.path, problem, start: 'removes it' });
  }
  const segments = found.filter((segment) => !strays.includes(segment));
  let messagesCount = 0;
  let sizeBytes = 0;
  let nextOffset = 0;
  for (const [i, segment] of segments.entries()) {
    const nextBase = segments[i + 1]?.baseOffset;
    const check = verifySegment(scanner, segment, nextBase, wasStoppedCleanly);
    segment.close();
    messagesCount += check.messagesCount;
    sizeBytes += segment.log.size();
    nextOffset = check.nextOffset;
    findings.push(...check.findings);
  }
  const offsets = offsetFiles(files, partitionDir);
  for (const file of offsets) findings.push(...verifyOffset(file, nextOffset - 1));
  const offsetsCount = offsets.length;
  return { segmentsCount: bases.length, messagesCount, sizeBytes, offsetsCount, findings };
}

function strayIndexes(partitionDir: string, names: readonly string[]): Finding[] {
  return names
    .filter((name) => name.endsWith('.index'))
    .filter((name) => baseOffsetOf(logNameOf(name)) !== undefined)
    .filter((name) => !names.includes(logNameOf(name)))
    .map((name) => ({
      path: join(partitionDir, name),
      problem: 'an index without its log',
      start: 'does not look at it',
    }));
}

function logNameOf(indexName: string): string {
  return indexName.replace(/\.index$/, '.log');
}

function verifyOffset(file: StoredFile, lastOffset: number): Finding[] {
  const { path } = file;
  const bytes = Buffer.alloc(OFFSET_BYTES);
  const size = file.size();
  // It was made and not yet written: its store was never acknowledged.
  if (size === 0) return [];
  const got = file.read(bytes, 0, OFFSET_BYTES, 0);
  file.close();
  if (size !== OFFSET_BYTES || got !== OFFSET_BYTES) {
    const start = size < OFFSET_BYTES ? 'takes it as no offset' : 'reads the first 8 of them';
    return [{ path, problem: `has ${size} bytes instead of ${OFFSET_BYTES}`, start }];
  }
  const offset = bytes.readBigUInt64LE();
  if (offset <= BigInt(lastOffset)) return [];
  const problem = `says ${offset}, the last message has offset ${lastOffset}`;
  const start = lastOffset < 0 ? 'removes it' : `takes it as ${lastOffset}`;
  return [{ path, problem, start }];
}
