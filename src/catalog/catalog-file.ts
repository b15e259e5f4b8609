import type { Access, AsyncFileSystem } from '../files/file-system.ts';

/** An open file of the catalog. Reads and writes go on until all is done. */
export class CatalogFile {
  readonly #system: AsyncFileSystem;
  readonly #fd: number;

  private constructor(system: AsyncFileSystem, fd: number) {
    this.#system = system;
    this.#fd = fd;
  }

  static async open(
    system: AsyncFileSystem,
    path: string,
    access: Access = 'create',
  ): Promise<CatalogFile> {
    return new CatalogFile(system, await system.open(path, access));
  }

  async write(bytes: Buffer, position: number): Promise<void> {
    let written = 0;
    while (written < bytes.byteLength) {
      const left = bytes.byteLength - written;
      const taken = await this.#system.write(this.#fd, bytes, written, left, position + written);
      if (taken === 0) throw new Error('The file takes no more bytes.');
      written += taken;
    }
  }

  /** The first `length` bytes, or fewer when the file is shorter. */
  async read(length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const got = await this.#system.read(this.#fd, bytes, done, length - done, done);
      if (got === 0) break;
      done += got;
    }
    return bytes.subarray(0, done);
  }

  truncate(length: number): Promise<void> {
    return this.#system.truncate(this.#fd, length);
  }

  sync(): Promise<void> {
    return this.#system.sync(this.#fd);
  }

  close(): Promise<void> {
    return this.#system.close(this.#fd);
  }
}

/** The bytes of a file, undefined when there is none. */
export async function readIfThere(
  system: AsyncFileSystem,
  path: string,
): Promise<Buffer | undefined> {
  const size = await system.size(path);
  if (size === undefined) return undefined;
  const file = await CatalogFile.open(system, path, 'read');
  try {
    return await file.read(size);
  } finally {
    await file.close();
  }
}

/** Puts a whole file in place of another: at every moment one of the two is there. */
export async function replaceFile(
  system: AsyncFileSystem,
  path: string,
  bytes: Buffer,
): Promise<CatalogFile> {
  const draft = `${path}.new`;
  const file = await CatalogFile.open(system, draft, 'replace');
  try {
    await file.write(bytes, 0);
    await file.sync();
    await system.rename(draft, path);
  } catch (error) {
    await file.close();
    throw error;
  }
  return file;
}
