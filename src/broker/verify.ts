import { join } from 'node:path';
import type { SystemConfig } from '../../config/config.ts';
import { CatalogDamage, EncryptionMismatch } from '../catalog/record-file.ts';
import { checkSealedCatalog, readCatalog } from '../catalog/stored-catalog.ts';
import { Cipher } from '../encryption/cipher.ts';
import type { Finding } from '../files/finding.ts';
import { nodeAsyncFileSystem, nodeFileSystem } from '../files/node-file-system.ts';
import { readOnly } from '../files/read-only.ts';
import { compileKernel } from '../memory/kernel.ts';
import { OpenFiles } from '../storage/files.ts';
import { Layout, type PartitionId } from '../storage/layout.ts';
import { LogScanner } from '../storage/log-scanner.ts';
import { verifyPartition } from '../storage/verify-partition.ts';
import { hasCleanMark } from './clean-mark.ts';
import { DataLock } from './data-lock.ts';
import { loadEncryptionKey } from './encryption-key.ts';
import { findOrphans } from './orphans.ts';
import { foundTree, knownTree, type PartitionTree } from './partition-tree.ts';

/** What a data directory holds, and what is wrong with it. */
export interface Verification {
  readonly dataDir: string;
  readonly isSound: boolean;
  /** The last stop has left everything on the disk: a start trusts sizes and indexes. */
  readonly wasStoppedCleanly: boolean;
  /** The catalog is encrypted and there is no key: the folders that are there are checked. */
  readonly isCatalogSealed: boolean;
  readonly streamsCount: number;
  readonly topicsCount: number;
  readonly partitionsCount: number;
  readonly segmentsCount: number;
  readonly messagesCount: number;
  readonly sizeBytes: number;
  readonly offsetsCount: number;
  readonly findings: readonly Finding[];
}

/** Files that a check may have open. */
const OPEN_FILES_MAX = 16;

/**
 * Checks every record, message, index entry and stored offset of a data directory without a broker,
 * and changes nothing. Messages need no key for that; what the catalog says does. Rejects with
 * `DataDirLocked` while a broker has it open, with `EncryptionMismatch` for a wrong key.
 */
export async function verifyDataDir(system: SystemConfig): Promise<Verification> {
  const dataDir = system.path;
  const key = loadEncryptionKey(system.encryption, () => {});
  if (!nodeFileSystem.hasFolder(join(dataDir, 'catalog'))) {
    throw new Error(`${dataDir} is no data directory of Veltro: it has no catalog.`);
  }
  const lock = await DataLock.take(dataDir);
  try {
    return await new Verifier(system, key && new Cipher(key)).run();
  } finally {
    lock.release();
  }
}

class Verifier {
  readonly #dataDir: string;
  readonly #layout: Layout;
  readonly #isClean: boolean;
  readonly #cipher: Cipher | undefined;
  readonly #files = new OpenFiles(OPEN_FILES_MAX, readOnly(nodeFileSystem));
  readonly #findings: Finding[] = [];
  #isCatalogSealed = false;
  readonly #counts = {
    streamsCount: 0,
    topicsCount: 0,
    partitionsCount: 0,
    segmentsCount: 0,
    messagesCount: 0,
    sizeBytes: 0,
    offsetsCount: 0,
  };

  constructor({ path, stream, topic, partition }: SystemConfig, cipher: Cipher | undefined) {
    this.#dataDir = path;
    this.#cipher = cipher;
    this.#isClean = hasCleanMark(path);
    const names = { streams: stream.path, topics: topic.path, partitions: partition.path };
    this.#layout = new Layout(path, names);
  }

  async run(): Promise<Verification> {
    const tree = await this.#tree();
    if (tree !== undefined) await this.#streams(tree);
    this.#files.closeAll();
    return {
      dataDir: this.#dataDir,
      isSound: this.#findings.length === 0,
      wasStoppedCleanly: this.#isClean,
      isCatalogSealed: this.#isCatalogSealed,
      ...this.#counts,
      findings: this.#findings,
    };
  }

  /** What the catalog tells; undefined when it is damaged: nobody knows what should be there. */
  async #tree(): Promise<PartitionTree | undefined> {
    try {
      return await this.#readCatalog();
    } catch (error) {
      if (!(error instanceof CatalogDamage)) throw error;
      const start = 'is refused: bring the folder back from a backup, or see veltro repair';
      this.#found(error.path, `damaged at byte ${error.position}: ${error.detail}`, start);
      return undefined;
    }
  }

  async #readCatalog(): Promise<PartitionTree> {
    try {
      const { state, tornBytes } = await readCatalog(
        nodeAsyncFileSystem,
        this.#dataDir,
        this.#cipher,
      );
      this.#noteTorn(tornBytes);
      for (const orphan of findOrphans(this.#layout, state)) {
        this.#found(orphan, 'the catalog does not know this folder', 'moves it to lost+found');
      }
      return knownTree(state);
    } catch (error) {
      if (!(error instanceof EncryptionMismatch && error.needsKey)) throw error;
      this.#noteTorn(await checkSealedCatalog(nodeAsyncFileSystem, this.#dataDir));
      this.#isCatalogSealed = true;
      return foundTree(this.#layout);
    }
  }

  #noteTorn(bytes: number): void {
    const path = join(this.#dataDir, 'catalog', 'log');
    if (bytes > 0) this.#found(path, `a torn end of ${bytes} bytes`, 'removes it');
  }

  async #streams(tree: PartitionTree): Promise<void> {
    const scanner = new LogScanner(await compileKernel());
    for (const stream of tree) {
      this.#counts.streamsCount++;
      for (const topic of stream.topics) {
        this.#counts.topicsCount++;
        for (const partitionId of topic.partitionIds) {
          this.#partition(scanner, { streamId: stream.id, topicId: topic.id, partitionId });
        }
      }
    }
  }

  #partition(scanner: LogScanner, id: PartitionId): void {
    const dir = this.#layout.partition(id);
    this.#counts.partitionsCount++;
    if (!this.#files.system.hasFolder(dir)) {
      return this.#found(dir, 'the folder of this partition is gone', 'begins it empty');
    }
    const check = verifyPartition(this.#files, scanner, dir, this.#isClean);
    this.#counts.segmentsCount += check.segmentsCount;
    this.#counts.messagesCount += check.messagesCount;
    this.#counts.sizeBytes += check.sizeBytes;
    this.#counts.offsetsCount += check.offsetsCount;
    this.#findings.push(...check.findings);
  }

  #found(path: string, problem: string, start: string): void {
    this.#findings.push({ path, problem, start });
  }
}
