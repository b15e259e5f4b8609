import { Cipher } from '../encryption/cipher.ts';
import type { FileSystem } from '../files/file-system.ts';
import type { Allocator } from '../memory/allocator.ts';
import type { Kernel } from '../memory/kernel.ts';
import type { Acknowledgement } from '../wire/acknowledgement.ts';
import { openFilesPerShardMax } from '../wire/limits.ts';
import { BlockCache, type CacheBudget } from './block-cache.ts';
import { OpenFiles } from './files.ts';
import type { Layout } from './layout.ts';
import type { LogScanner } from './log-scanner.ts';
import { MessageCipher } from './message-cipher.ts';
import type { DeduplicationOptions } from './message-window.ts';
import { WindowMemory } from './window-memory.ts';

/** What a person may choose about files. */
export interface StorageOptions {
  /** A segment that would grow beyond this is sealed first. */
  readonly segmentBytes: number;
  /** Reserve blocks ahead of a growing segment. */
  readonly preallocates: boolean;
  /** What a batch waits for before it is acknowledged, unless its topic says otherwise. */
  readonly acknowledgement: Acknowledgement;
  /** Check every message of every segment when a partition is opened. */
  readonly validateChecksum: boolean;
  /** How duplicates are recognized; null when they are stored. */
  readonly deduplication: DeduplicationOptions | null;
  /** The key of encryption at rest, `encryptionKeyBytes`; null stores messages in clear. */
  readonly encryptionKey: Uint8Array | null;
}

/** How a shard says something that a person should read. */
export type Report = (level: 'info' | 'warn' | 'error', message: string) => void;

/** What all partitions of one shard share. One thread owns it. */
export interface ShardStorage {
  /** The whole arena. */
  readonly bytes: Buffer;
  readonly kernel: Kernel;
  /** Absent where messages are stored in clear. */
  readonly encryption: MessageCipher | undefined;
  /** Who stamps what is stored and moves it: the kernel, or the encryption in its place. */
  readonly intake: Pick<Kernel, 'accept' | 'copy'>;
  readonly cache: BlockCache;
  readonly files: OpenFiles;
  readonly layout: Layout;
  readonly options: StorageOptions;
  readonly scanner: LogScanner;
  readonly report: Report;
  readonly windows: WindowMemory;
}

/** What a shard brings along for its storage. */
export interface ShardStorageParts {
  readonly bytes: Buffer;
  readonly module: WebAssembly.Module;
  readonly kernel: Kernel;
  readonly allocator: Allocator;
  readonly budget: CacheBudget;
  /** Bytes of the shard's region that the ids of its partitions may take. */
  readonly windowBytes: number;
  readonly layout: Layout;
  readonly options: StorageOptions;
  readonly scanner: LogScanner;
  readonly report: Report;
  /** Default: the files of this machine. */
  readonly system?: FileSystem;
  /** Gives a frame that was kept as cache back to the acceptor. */
  readonly releaseFrame: (allocation: number) => void;
}

const WINDOWS_SHORT =
  'There is not enough memory for the ids of all partitions: some duplicates may be stored';

/** The storage of one shard: its cache and open files are made here. */
export function createShardStorage(parts: ShardStorageParts): ShardStorage {
  const { bytes, kernel, layout, options, scanner, report } = parts;
  const cache = new BlockCache(parts.allocator, parts.budget, parts.releaseFrame);
  const encryption = messageCipherOf(parts, cache);
  return {
    bytes,
    kernel,
    encryption,
    intake: encryption ?? kernel,
    cache,
    windows: new WindowMemory(cache, parts.windowBytes, () => report('warn', WINDOWS_SHORT)),
    files: new OpenFiles(openFilesPerShardMax, parts.system),
    layout,
    options,
    scanner,
    report,
  };
}

function messageCipherOf(
  { options, module, bytes, kernel, report }: ShardStorageParts,
  cache: BlockCache,
): MessageCipher | undefined {
  const { encryptionKey: key } = options;
  if (key === null) return undefined;
  return new MessageCipher({
    cipher: new Cipher(key),
    module,
    arena: bytes,
    kernel,
    cache,
    report,
  });
}
