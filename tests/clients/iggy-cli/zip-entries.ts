/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly method: 'stored' | 'deflated' | 'other';
}

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const METHODS: Readonly<Record<number, ZipEntry['method']>> = { 0: 'stored', 8: 'deflated' };

/** What the central directory of an archive without a comment lists. */
export function zipEntries(archive: Buffer): ZipEntry[] {
  const end = archive.byteLength - END_BYTES;
  if (archive.readUInt32LE(end) !== END_SIGNATURE) throw new Error('This is no archive.');
  const entries: ZipEntry[] = [];
  for (let at = archive.readUInt32LE(end + 16); at < end; ) {
    if (archive.readUInt32LE(at) !== ENTRY_SIGNATURE) throw new Error(`No entry at ${at}.`);
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) =>
      archive.readUInt16LE(at + field),
    );
    const nameAt = at + ENTRY_BYTES;
    const name = archive.toString('utf8', nameAt, nameAt + nameBytes);
    entries.push({ name, method: METHODS[archive.readUInt16LE(at + 10)] ?? 'other' });
    at = nameAt + nameBytes + extraBytes + commentBytes;
  }
  return entries;
}
