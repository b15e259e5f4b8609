import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { xxh3 } from '@node-rs/xxhash';
import type { FileSystem } from '../files/file-system.ts';
import { Allocator } from '../memory/allocator.ts';
import { createArena } from '../memory/arena.ts';
import { compileKernel, instantiateKernel } from '../memory/kernel.ts';
import type { CacheBudget } from './block-cache.ts';
import { OpenFiles, type StoredFile } from './files.ts';
import { Layout } from './layout.ts';
import { LogScanner } from './log-scanner.ts';
import { Partition } from './partition.ts';
import type { Batch } from './partition-cache.ts';
import { PollReply } from './poll-reply.ts';
import { createShardStorage, type ShardStorage, type StorageOptions } from './shard-storage.ts';

const MIB = 1024 * 1024;
const HEADER_BYTES = 64;
const ENTRY_BYTES = 16;
const PREFIX_BYTES = 31;

/** The kernel, for tests that need another instance. */
export const testKernel: WebAssembly.Module = await compileKernel();
/** Room for messages of many MiB; pages that are never touched cost nothing. */
const arena = createArena(256 * MIB, 1);
const kernel = instantiateKernel(testKernel, arena.memory);
const scanner = new LogScanner(testKernel);

/** Open files with a place to let one fail. */
export class FaultyFiles extends OpenFiles {
  /** Runs before every use of a file; what it throws is the failure. */
  fault: (file: StoredFile) => void = () => {};

  override descriptor(file: StoredFile): number {
    this.fault(file);
    return super.descriptor(file);
  }
}

/** The error of a full device. */
export function noSpace(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
}

/** What a test may choose; the rest is roomy. */
export interface TestOptions extends Partial<StorageOptions> {
  /** Default: the files of this machine, in a temporary folder. */
  readonly system?: FileSystem;
  readonly budget?: CacheBudget;
  /** Bytes of the shard's own region. */
  readonly regionBytes?: number;
  /** Bytes of it for ids of messages. */
  readonly windowBytes?: number;
  readonly dir?: string;
}

/** Where a batch is stamped for, and when. */
export interface EarlyPlace {
  readonly offset: number;
  readonly segmentBase: number;
  readonly position: number;
  readonly micros: number;
}

/** A message as a client makes it. */
export interface TestMessage {
  readonly id: bigint;
  readonly origin: bigint;
  readonly payload: Uint8Array;
  readonly headers: Uint8Array;
}

/** A message as it is stored, every field read anew and its checksum verified. */
export interface ReadMessage extends TestMessage {
  readonly offset: number;
  readonly timestamp: number;
}

/** The storage of one shard in a directory of its own, with both sides of the arena. */
export class TestShard {
  readonly dir: string;
  readonly bytes: Buffer = arena.bytes;
  readonly frames = new Allocator(arena.acceptor.start, arena.acceptor.end);
  readonly region: Allocator;
  readonly regionBounds: { readonly start: number; readonly end: number };
  readonly files: FaultyFiles;
  readonly reports: string[] = [];
  readonly storage: ShardStorage;

  constructor(options: TestOptions = {}) {
    const { system } = options;
    const isOnDisk = system === undefined;
    const newDir = () => (isOnDisk ? mkdtempSync(join(tmpdir(), 'veltro-storage-')) : '/data');
    this.dir = options.dir ?? newDir();
    this.files = new FaultyFiles(16, system);
    const { start } = arena.shards[0];
    const end = start + (options.regionBytes ?? 32 * MIB);
    this.regionBounds = { start, end };
    this.region = new Allocator(start, end);
    const storage = createShardStorage({
      bytes: arena.bytes,
      module: testKernel,
      kernel,
      allocator: this.region,
      budget: options.budget ?? { frameBytes: 16 * MIB, regionBytes: 16 * MIB },
      windowBytes: options.windowBytes ?? MIB,
      layout: new Layout(this.dir, {
        streams: 'streams',
        topics: 'topics',
        partitions: 'partitions',
      }),
      options: {
        segmentBytes: options.segmentBytes ?? MIB,
        acknowledgement: options.acknowledgement ?? 'written',
        preallocates: options.preallocates ?? true,
        validateChecksum: options.validateChecksum ?? false,
        deduplication: options.deduplication ?? null,
        encryptionKey: options.encryptionKey ?? null,
      },
      scanner,
      report: (level, message) => this.reports.push(`${level}: ${message}`),
      releaseFrame: (allocation) => this.frames.free(allocation),
    });
    this.storage = { ...storage, files: this.files };
  }

  /** How often partitions said that messages are about to go. */
  removalsCount = 0;

  get partitionDir(): string {
    return this.storage.layout.partition({ streamId: 0, topicId: 0, partitionId: 0 });
  }

  partition(onFlushed: (status: number) => void = () => {}, partitionId = 0): Partition {
    const id = { streamId: 0, topicId: 0, partitionId };
    const onRemoving = () => {
      this.removalsCount++;
    };
    return new Partition(this.storage, id, { onFlushed, onRemoving, onRolled: () => {} });
  }

  /** A batch in the acceptor's memory. */
  batch(messages: readonly TestMessage[], isKeepable = false): Batch {
    return encodeBatch(this.bytes, this.frames, messages, isKeepable);
  }

  /** Stamps a whole batch for a place, as if it had just arrived. */
  stampEarly({ indexes, count, messages, messagesBytes }: Batch, place: EarlyPlace): void {
    const stamped = this.storage.kernel.acceptEarly(
      indexes,
      count,
      messages,
      messagesBytes,
      messagesBytes,
      0,
      BigInt(place.offset),
      BigInt(place.segmentBase),
      place.position,
      BigInt(place.micros),
    );
    assert.equal(stamped, count);
  }

  /** Appends a batch and writes it; its memory goes back unless it was kept. Returns the status. */
  write(
    partition: Partition,
    messages: readonly TestMessage[],
    isKeepable = false,
    nowMicros = 0,
  ): number {
    const batch = this.batch(messages, isKeepable);
    const refused = partition.append(batch, nowMicros);
    const isKept = refused === 0 && partition.hasKept(batch);
    const status = refused || partition.flush();
    if (!isKept) this.frames.free(batch.allocation);
    return status;
  }

  /** The messages of a poll; its memory goes back at once. */
  read(partition: Partition, offset: number, count: number): ReadMessage[] {
    const reply = new PollReply();
    assert.equal(partition.read(offset, count, reply), 0);
    const bytes = this.bytesOf(reply);
    assert.equal(bytes.byteLength, reply.bytes);
    const { messagesCount } = reply;
    reply.release(this.storage.cache);
    const messages = decode(bytes);
    assert.equal(messages.length, messagesCount);
    return messages;
  }

  /** A copy of what a reply's pieces hold. */
  bytesOf(reply: PollReply): Buffer {
    const parts: Buffer[] = [];
    for (let i = 0; i < reply.pieces.length; i += 2) {
      parts.push(this.bytes.subarray(reply.pieces[i], reply.pieces[i] + reply.pieces[i + 1]));
    }
    return Buffer.concat(parts);
  }

  /** Closes all files and removes the directory. */
  dispose(): void {
    this.files.fault = () => {};
    this.files.closeAll();
    this.files.system.removeFolder(this.dir);
  }
}

/** A message of so many payload bytes, whose content tells which one it is. */
export function testMessage(number: number, payloadBytes: number, headersBytes = 0): TestMessage {
  return {
    id: BigInt(number) + 1n,
    origin: BigInt(number) * 1000n,
    payload: Buffer.alloc(payloadBytes, number & 0xff),
    headers: Buffer.alloc(headersBytes, ~number & 0xff),
  };
}

/** Lays a batch out in new memory, as SendMessages brings it. */
export function encodeBatch(
  bytes: Buffer,
  allocator: Allocator,
  messages: readonly TestMessage[],
  isKeepable: boolean,
): Batch {
  const frames = messages.map(encode);
  const messagesBytes = frames.reduce((sum, frame) => sum + frame.byteLength, 0);
  const batchBytes = PREFIX_BYTES + messages.length * ENTRY_BYTES + messagesBytes;
  const allocation = allocator.allocate(batchBytes);
  assert.ok(allocation > 0, 'no room for a batch');
  const indexes = allocation + PREFIX_BYTES;
  const start = indexes + messages.length * ENTRY_BYTES;
  let end = 0;
  for (const [i, frame] of frames.entries()) {
    bytes.set(frame, start + end);
    end += frame.byteLength;
    bytes.fill(0, indexes + i * ENTRY_BYTES, indexes + (i + 1) * ENTRY_BYTES);
    bytes.writeUInt32LE(end, indexes + i * ENTRY_BYTES + 4);
  }
  const place = { allocation, bytes: batchBytes, indexes, messages: start };
  return { ...place, isKeepable, messagesBytes, count: messages.length };
}

function encode({ id, origin, payload, headers }: TestMessage): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeBigUInt64LE(BigInt.asUintN(64, id), 8);
  header.writeBigUInt64LE(id >> 64n, 16);
  header.writeBigUInt64LE(origin, 40);
  header.writeUInt32LE(headers.byteLength, 48);
  header.writeUInt32LE(payload.byteLength, 52);
  return Buffer.concat([header, payload, headers]);
}

/** Reads frames that lie back to back, independently of the kernel, and verifies each checksum. */
export function decode(bytes: Buffer): ReadMessage[] {
  const messages: ReadMessage[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const payloadStart = at + HEADER_BYTES;
    const headersStart = payloadStart + bytes.readUInt32LE(at + 52);
    const end = headersStart + bytes.readUInt32LE(at + 48);
    assert.ok(end <= bytes.byteLength, 'a message is cut off');
    assert.equal(bytes.readBigUInt64LE(at), xxh3.xxh64(bytes.subarray(at + 8, end)), 'checksum');
    assert.equal(bytes.readBigUInt64LE(at + 56), 0n, 'reserved');
    messages.push({
      id: bytes.readBigUInt64LE(at + 8) + (bytes.readBigUInt64LE(at + 16) << 64n),
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      timestamp: Number(bytes.readBigUInt64LE(at + 32)),
      origin: bytes.readBigUInt64LE(at + 40),
      payload: Buffer.from(bytes.subarray(payloadStart, headersStart)),
      headers: Buffer.from(bytes.subarray(headersStart, end)),
    });
    at = end;
  }
  return messages;
}

/** The message that a stored one is, independently of the code that encrypted it. */
export function decrypted(message: ReadMessage, key: Uint8Array): ReadMessage {
  const { payload, headers } = message;
  const isBare = headers.byteLength === 0;
  return {
    ...message,
    payload: opened(payload, key),
    headers: isBare ? headers : opened(headers, key),
  };
}

/** A nonce of 12 bytes, the ciphertext, a tag of 16 (storage section 9). */
function opened(record: Uint8Array, key: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, record.subarray(0, 12));
  decipher.setAuthTag(record.subarray(-16));
  return Buffer.concat([decipher.update(record.subarray(12, -16)), decipher.final()]);
}

/** One segment as its two files tell it, checked against each other. */
export interface SegmentFiles {
  readonly baseOffset: number;
  readonly logBytes: number;
  readonly messages: ReadMessage[];
}

/** The first offset of each segment that a partition has a file of. */
export function segmentBases(partitionDir: string): number[] {
  const logs = readdirSync(partitionDir).filter((name) => name.endsWith('.log'));
  return logs.sort().map((name) => {
    assert.match(name, /^\d{20}\.log$/);
    return Number(name.slice(0, 20));
  });
}

/** Decodes the segment files of a partition, independently of the code that wrote them. */
export function readSegmentFiles(
  partitionDir: string,
  key: Uint8Array | null = null,
): SegmentFiles[] {
  return segmentBases(partitionDir).map((baseOffset) => {
    const name = `${String(baseOffset).padStart(20, '0')}.log`;
    const log = readFileSync(join(partitionDir, name));
    const index = readFileSync(join(partitionDir, name.replace('.log', '.index')));
    const stored = decode(log);
    assertIndex(index, baseOffset, stored);
    const messages = key === null ? stored : stored.map((message) => decrypted(message, key));
    return { baseOffset, logBytes: log.byteLength, messages };
  });
}

function assertIndex(index: Buffer, baseOffset: number, messages: readonly ReadMessage[]): void {
  assert.equal(index.byteLength, messages.length * ENTRY_BYTES, 'one entry a message');
  let end = 0;
  for (const [i, message] of messages.entries()) {
    end += HEADER_BYTES + message.payload.byteLength + message.headers.byteLength;
    assert.equal(message.offset, baseOffset + i, 'offsets are consecutive');
    assert.equal(index.readUInt32LE(i * ENTRY_BYTES), i, 'relative offset');
    assert.equal(index.readUInt32LE(i * ENTRY_BYTES + 4), end, 'end position');
    assert.equal(Number(index.readBigUInt64LE(i * ENTRY_BYTES + 8)), message.timestamp, 'time');
  }
}
