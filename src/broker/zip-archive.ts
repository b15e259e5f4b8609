import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { Zip, type ZipInputFile } from 'fflate';
import type { SnapshotCompression } from '../wire/classic/commands/get-snapshot.ts';

/** A file of an archive. */
export interface ArchiveEntry {
  readonly name: string;
  readonly content: string;
}

type Bytes = Buffer<ArrayBuffer>;

/** A compression by its number in the ZIP format. */
interface Method {
  readonly code: number;
  readonly compress: (bytes: Bytes) => Promise<Bytes>;
}

/** Node.js has Zstandard from 22.15 on; the types are those of the oldest that must work. */
const { zstdCompress } = zlib as typeof zlib & {
  readonly zstdCompress?: (
    bytes: Bytes,
    done: (error: Error | null, packed: Bytes) => void,
  ) => void;
};
const deflated: Method = { code: 8, compress: promisify<Bytes, Bytes>(zlib.deflateRaw) };
const methods: Readonly<Partial<Record<SnapshotCompression, Method>>> = {
  stored: { code: 0, compress: async (bytes) => bytes },
  deflated,
  zstd: zstdCompress && { code: 93, compress: promisify(zstdCompress) },
};

/**
 * A ZIP archive of some files. Each entry names its own compression, so that one which this Node.js
 * does not have can be replaced by deflate, which every program understands.
 */
export async function zipArchive(
  entries: readonly ArchiveEntry[],
  compression: SnapshotCompression,
): Promise<Buffer> {
  const { code, compress } = methods[compression] ?? deflated;
  const chunks: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error !== null) throw error;
    chunks.push(chunk);
  });
  for (const { name, content } of entries) {
    const bytes = Buffer.from(content);
    const packed = await compress(bytes);
    const crc = zlib.crc32(bytes);
    const file: ZipInputFile = { filename: name, size: bytes.byteLength, crc, compression: code };
    zip.add(file);
    file.ondata?.(null, packed, true);
  }
  zip.end();
  return Buffer.concat(chunks);
}
