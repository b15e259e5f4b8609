import type { Reader } from '../../reader.ts';
import { status } from '../../status.ts';
import { WireError } from '../../wire-error.ts';
import type { Codec } from '../codec.ts';
import { KindTable } from '../kind-table.ts';
import { readCounted } from '../structures/list.ts';

/** How the entries of a snapshot are to be compressed. */
export const snapshotCompressions = {
  stored: 1,
  deflated: 2,
  bzip2: 3,
  zstd: 4,
  lzma: 5,
  xz: 6,
} as const;
/** The name of a compression. */
export type SnapshotCompression = keyof typeof snapshotCompressions;

/** What a snapshot may tell; `all` stands for everything but `test`, and stands alone. */
export const snapshotTypes = {
  filesystem_overview: 1,
  process_list: 2,
  resource_usage: 3,
  test: 4,
  server_logs: 5,
  server_config: 6,
  all: 100,
} as const;
/** The name of a part of a snapshot, which is also that of its entry in the archive. */
export type SnapshotType = keyof typeof snapshotTypes;

const compressionTable = new KindTable<SnapshotCompression>(snapshotCompressions);
const typeTable = new KindTable<SnapshotType>(snapshotTypes);

/** What the archive is to hold, in this order, and how. */
export interface GetSnapshotRequest {
  readonly compression: SnapshotCompression;
  readonly types: readonly SnapshotType[];
}

/** GetSnapshot, code 11: a ZIP archive about the broker and its machine, for those who log in. */
export const getSnapshot: Codec<GetSnapshotRequest, Uint8Array> = {
  code: 11,
  name: 'snapshot',
  permission: 'authenticated',
  writeRequest: (writer, { compression, types }) => {
    compressionTable.write(writer, compression, 'compression');
    writer.u8(types.length);
    for (const type of types) typeTable.write(writer, type, 'snapshot type');
  },
  readRequest: (reader) => ({
    compression: compressionTable.read(reader, 'compression'),
    types: readTypes(reader),
  }),
  writeResponse: (writer, archive) => void writer.bytes(archive),
  readResponse: (reader) => reader.view(reader.remaining, 'archive'),
};

function readTypes(reader: Reader): SnapshotType[] {
  const count = reader.u8('snapshot types count');
  const types = readCounted(reader, count, () => typeTable.read(reader, 'snapshot type'));
  if (types.length > 1 && types.includes('all')) {
    throw new WireError(status.InvalidCommand, "snapshot type 'all' is not the only one");
  }
  return types;
}
