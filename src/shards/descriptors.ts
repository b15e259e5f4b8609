import type { MessagePort } from 'node:worker_threads';
import { Layout } from '../storage/layout.ts';
import type { DeduplicationOptions } from '../storage/message-window.ts';
import type { Acknowledgement } from '../wire/acknowledgement.ts';

/**
 * The fields of ring slots: 16 words of 32 bits. Fields named `…Double` are 64-bit floats, which
 * hold every offset and microsecond exactly; they are indexes into a ring's `doubles` (word / 2).
 */

/** What the acceptor asks of a shard. */
export const requestKind = {
  /** Opens partitions; the operand is a msgpack record in the arena. */
  open: 1,
  send: 2,
  poll: 3,
  flush: 4,
  getOffset: 5,
  storeOffset: 6,
  deleteOffset: 7,
  purge: 8,
  drop: 9,
  /** A poll's pieces were sent, or will never be. No completion. */
  release: 10,
  /** The acceptor needs memory: give kept frames back. No completion. */
  trim: 11,
  stop: 12,
  /** Ends the thread without any cleaning up: for tests of the supervision. */
  crash: 13,
  /** Removes some of the oldest segments; the answer's count tells how many. */
  removeSegments: 14,
  /** Sets what an acknowledgement of a partition means. */
  setAcknowledgement: 15,
  /** Writes messages of a frame that still arrives where they are expected to be. No completion. */
  writeAhead: 16,
  /** The rest of that frame is not going to come. Its memory comes back with the answer. */
  dropAhead: 17,
} as const;
export type RequestKind = (typeof requestKind)[keyof typeof requestKind];

/** Words of a request slot. */
export const request = {
  kind: 0,
  /** Index of the exchange that waits, given back in the completion. */
  correlation: 1,
  /** The partition's handle. */
  handle: 2,
  /**
   * send, dropAhead: memory of the frame and its bytes; open: the record; writeAhead: messages.
   */
  allocation: 3,
  allocationBytes: 4,
  /** send: messages in the batch; poll: messages wanted; removeSegments: how many at most. */
  count: 5,
  /**
   * poll: the strategy's value; storeOffset: the offset; removeSegments: microseconds of the newest
   * message that may go; writeAhead: position in the segment. At word 6.
   */
  valueDouble: 3,
  /** poll, offsets: kind and id of the consumer. */
  consumerKind: 8,
  consumerId: 9,
  /** send: arena offsets of index entries and messages, and the bytes of the latter. */
  indexes: 10,
  messages: 11,
  messagesBytes: 12,
  /** poll: bytes of messages that are wanted at most; the first is given in any case. */
  bytesMax: 12,
  /** send: 1 when the frame's memory may be kept as cache. poll: strategy. */
  isKeepable: 13,
  strategy: 13,
  /**
   * poll: a sum of `pollFlag`. flush: 1 to sync. setAcknowledgement: the code. send: the number of
   * a batch that is stamped for the place where it is expected to be, else 0; writeAhead,
   * dropAhead: that number.
   */
  flag: 14,
  /** release: what the poll's completion told. */
  token: 15,
} as const;

/** How a poll is to be served. */
export const pollFlag = {
  /** Store the last offset for who polls. */
  commit: 1,
  /** Nobody waits for it yet: find nothing rather than wait for memory. */
  ahead: 2,
  /** The last messages may be left in their file. */
  file: 4,
} as const;

/** What a shard tells the acceptor. */
export const completionKind = {
  /** The request of `correlation` is done. */
  done: 1,
  /** More pieces of the poll whose completion follows. */
  pieces: 2,
  /** A kept frame is no longer needed. */
  frameReleased: 3,
  /** Polls wait for memory that slow readers hold. */
  memoryShort: 4,
  /** Messages of the poll whose completion follows, behind its pieces, that lie in a file. */
  file: 5,
} as const;

/** Pieces that fit one completion slot. */
export const piecesPerSlot = 3;

/** Words of a completion slot. */
export const completion = {
  kind: 0,
  correlation: 1,
  status: 2,
  /**
   * send: 1 when the frame's memory comes back by a `frameReleased` of its own, which may be in
   * front of this. poll: token to release, 0 when there are no pieces.
   */
  isKept: 3,
  token: 3,
  /** poll: messages found. removeSegments: how many went. */
  count: 4,
  /** How many of the piece words are filled. */
  pieces: 5,
  /** Newest offset of the partition (0 while it is empty), at word 6. */
  currentOffsetDouble: 3,
  /** getOffset, poll: the stored offset of who asks, at word 8; -1 when none is. */
  storedOffsetDouble: 4,
  /**
   * Arena offset and length of each piece. frameReleased: the frame's memory. file: a descriptor
   * that belongs to the acceptor from now on, the position, and bytes.
   */
  firstPiece: 10,
} as const;

/**
 * What a partition's files come from. Of a `new` one, anything on disk is a leftover; those that a
 * `clean` stop left are trusted; all others are recovered.
 */
export type PartitionOrigin = 'new' | 'clean' | 'unclean';

/** Where a partition is, by the numbers of the catalog. */
export interface PartitionPlace {
  readonly streamId: number;
  readonly topicId: number;
  readonly partitionId: number;
}

/** One partition in an `open` request. */
export interface OpenPartition extends PartitionPlace {
  readonly handle: number;
  readonly origin: PartitionOrigin;
  /** What a send waits for before it is answered; null follows the shard. */
  readonly acknowledgement: Acknowledgement | null;
}

/** What a shard worker gets when it starts. */
export interface ShardTask {
  readonly shard: number;
  readonly memory: WebAssembly.Memory;
  readonly kernel: WebAssembly.Module;
  readonly region: { readonly start: number; readonly end: number };
  readonly requests: SharedArrayBuffer;
  readonly completions: SharedArrayBuffer;
  readonly statistics: SharedArrayBuffer;
  /** `ShardCounters` of all shards. */
  readonly counters: SharedArrayBuffer;
  /** Of `GroupOffsetsWriter`. */
  readonly groupOffsets: SharedArrayBuffer;
  /** To wake the acceptor, and to send it log lines and what begins. */
  readonly port: MessagePort;
  /** How long it looks for work before it sleeps, where work comes soon. */
  readonly spinMs: number;
  readonly options: ShardOptions;
}

/** Configuration that reaches the shards. */
export interface ShardOptions {
  readonly dataDir: string;
  readonly streamsDirName: string;
  readonly topicsDirName: string;
  readonly partitionsDirName: string;
  readonly segmentBytes: number;
  /** Reserve blocks ahead of a growing segment. */
  readonly preallocates: boolean;
  /** What a send waits for before it is answered, where the topic does not say. */
  readonly acknowledgement: Acknowledgement;
  /** How often partitions of the level `interval` are synced. */
  readonly syncIntervalMs: number;
  readonly validateChecksum: boolean;
  readonly deduplication: DeduplicationOptions | null;
  /** The key of encryption at rest; null stores messages in clear. */
  readonly encryptionKey: Uint8Array | null;
  /** Bytes of the acceptor's memory that this shard may keep as cache. */
  readonly keptFrameBytes: number;
}

/** A partition goes on in a new segment, which begins with this offset. */
export interface SegmentBegun extends PartitionPlace {
  readonly baseOffset: number;
}

/** Wakes the acceptor: an object would cost as much again as its way through the port. */
export const wakeMessage = null;

/** What travels over a shard's port besides the rings. */
export type PortMessage =
  | typeof wakeMessage
  | ({ readonly type: 'segment' } & SegmentBegun)
  | {
      readonly type: 'report';
      readonly level: 'info' | 'warn' | 'error';
      readonly message: string;
    };

/** Where a shard finds its files. */
export function layoutOf(
  options: Pick<ShardOptions, 'dataDir' | 'streamsDirName' | 'topicsDirName' | 'partitionsDirName'>,
): Layout {
  return new Layout(options.dataDir, {
    streams: options.streamsDirName,
    topics: options.topicsDirName,
    partitions: options.partitionsDirName,
  });
}
