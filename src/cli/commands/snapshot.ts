import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import {
  type SnapshotCompression,
  type SnapshotType,
  snapshotCompressions,
  snapshotTypes,
} from '../../wire/classic/commands/get-snapshot.ts';
import { approximateSize } from '../format.ts';
import { describeLeaf, type Session, sentence, withClient } from '../leaf.ts';
import type { Answer } from '../output.ts';
import type { Terminal } from '../terminal.ts';

interface SnapshotCommandOptions {
  readonly compression: SnapshotCompression;
  readonly snapshotTypes: readonly SnapshotType[];
  readonly outDir: string;
}

/** What a snapshot tells of a machine is not for everybody on another one. */
const OWNER_ONLY = 0o600;

/** `snapshot_20260131_235959.zip`, in UTC. */
export function archiveName(date: Date): string {
  const [day, time] = date.toISOString().split(/[T.]/);
  return `snapshot_${day.replaceAll('-', '')}_${time.replaceAll(':', '')}.zip`;
}

async function snapshot(
  { client }: Session,
  { compression, snapshotTypes: types, outDir }: SnapshotCommandOptions,
): Promise<Answer> {
  const archive = await client.snapshot({ compression, types });
  const path = join(outDir, archiveName(new Date()));
  await writeFile(path, archive, { mode: OWNER_ONLY });
  const bytes = archive.byteLength;
  return sentence(`Wrote ${approximateSize(BigInt(bytes))} to ${path}.`, { path, bytes });
}

/** `veltro snapshot` */
export function configure(command: Command, terminal: Terminal): void {
  describeLeaf(command, {
    summary: 'save files, threads, resources, log and configuration of the broker as a ZIP archive',
    examples: ['snapshot', 'snapshot -s server_logs server_config -o /tmp'],
  })
    .addOption(
      new Option(
        '-c, --compression <name>',
        'of the entries; deflated stands in for bzip2, lzma, xz',
      )
        .choices(Object.keys(snapshotCompressions))
        .default('deflated'),
    )
    .addOption(
      new Option('-s, --snapshot-types <type...>', 'what to save; all is everything but test')
        .choices(Object.keys(snapshotTypes))
        .default(['all']),
    )
    .option('-o, --out-dir <folder>', 'where to save it', '.')
    .action(withClient(terminal, snapshot));
}
