/**
 * Every limit of Veltro, with its arithmetic. A limit that a person may change is a configuration
 * key whose default or bound is taken from here; all others are fixed. `assertLimits` holds the
 * relations between them and runs at every start.
 */

export * from './limits/bench.ts';
export * from './limits/live.ts';
export * from './limits/shared-files.ts';
export * from './limits/web-socket.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

// ── Protocol (the reference's numbers, protocol sections 1.2, 3.9 and 4.4) ──────────────────────

/** Request frame: length u32, code u32. */
export const requestHeaderBytes = 8;
/** Response frame: status u32, length u32. */
export const responseHeaderBytes = 8;
/** Payload of any request but SendMessages. */
export const controlPayloadBytesMax = 10 * MIB;
/** Header of one message: checksum, id, offset, times, lengths, reserved. */
export const messageHeaderBytes = 64;
/** Index entry of one message: relative offset u32, end position u32, timestamp u64. */
export const indexEntryBytes = 16;
/** Payload of one message. */
export const messagePayloadBytesMax = 64_000_000;
/** User headers of one message together. */
export const userHeadersBytesMax = 100_000;
/** What encryption at rest adds to a payload and to user headers: a nonce of 12 and a tag of 16. */
export const encryptionBytes = 28;
/** The key of encryption at rest. */
export const encryptionKeyBytes = 32;
/** Key or value of one user header, messages key, and every name: a length of one byte. */
export const nameBytesMax = 255;
/** Name of a user, in UTF-8. */
export const usernameBytesMin = 3;
/** Name of a user, in UTF-8. */
export const usernameBytesMax = 50;
/** Password of a user, in UTF-8. */
export const passwordBytesMin = 3;
/** Password of a user, in UTF-8. */
export const passwordBytesMax = 100;
/** Name of a personal access token, in UTF-8. */
export const tokenNameBytesMin = 3;
/** Name of a personal access token, in UTF-8. */
export const tokenNameBytesMax = 30;
/** Personal access tokens of one user; those that have expired do not count. */
export const tokensPerUserMax = 100;
/** Partitions that one request may create. */
export const partitionsPerRequestMax = 1000;

// ── Catalog ─────────────────────────────────────────────────────────────────────────────────────

/** Streams of one broker. */
export const streamsMax = 4096;
/** Topics of one stream. */
export const topicsPerStreamMax = 4096;
/** Consumer groups of one topic. */
export const groupsPerTopicMax = 4096;
/** Partitions of one broker, all topics together: one row each in the shared statistics table. */
export const partitionsMax = 128 * KIB;
/** Bytes of one row of the statistics table: two cache lines, which processors fetch together. */
export const partitionStatisticsBytes = 128;
/** Records in the catalog log that make a snapshot due. */
export const catalogLogRecordsMax = 10_000;
/** Bytes of one catalog record; the largest is a user with permissions on many streams. */
export const catalogRecordBytesMax = 1 * MIB;
/** Users of one broker. */
export const usersMax = 16_384;
/** Streams and topics, together, that the permissions of one user name. */
export const permissionEntriesMax = 8192;
/** Bytes of one such entry in a record: the names of its flags and an id. */
const permissionEntryBytesMax = 120;

// ── Connections ─────────────────────────────────────────────────────────────────────────────────

/** Open connections of one broker; one more is closed at once. */
export const connectionsDefault = 10_000;
/** Highest value of that setting. */
export const connectionsMax = 1_000_000;
/** Requests of one connection that are being worked on before the socket is no longer read. */
export const requestsInFlightDefault = 256;
/** Highest value of that setting. */
export const requestsInFlightMax = 4096;
/** A message of the largest size fits: payload, user headers, header, index and routing. */
export const frameBytesDefault = 80 * MIB;
/** Highest value of that setting. */
export const frameBytesMax = 1 * GIB;
/** Lowest value of that setting: the largest message in one frame. */
export const frameBytesMin =
  messagePayloadBytesMax +
  userHeadersBytesMax +
  messageHeaderBytes +
  indexEntryBytes +
  3 * (2 + nameBytesMax) +
  4 * KIB;
/** Response bytes of one connection waiting for its socket before it is no longer read. */
export const responseBytesInFlightDefault = 16 * MIB;
/** One piece of a poll still fits. */
export const responseBytesInFlightMin = 1 * MIB;
/** Highest value of that setting. */
export const responseBytesInFlightMax = 1 * GIB;
/** Shortest time-out that can be set. */
export const timeoutMsMin = 1;
/** 24 days: timers of Node.js hold 31 bits, which is a little more. */
export const timeoutMsMax = 24 * 24 * 60 * 60 * 1000;
/** Highest value of the time that an empty poll may wait for messages. */
export const pollWaitMsMax = 5 * 60 * 1000;
/** A header of the PROXY protocol with all that a load balancer may add to it. */
export const proxyHeaderBytesMax = 4 * KIB;
/** Time in which that header must be there. */
export const proxyHeaderTimeoutMs = 5000;
/** Payload of a request before login: a login is far smaller. */
export const payloadBeforeLoginBytesMax = 64 * KIB;
/** Time for one export of spans or metrics, repetitions counted; a stop waits no longer. */
export const telemetryExportMs = 5000;
/** How often connections are looked at for frames and responses that do not come to an end. */
export const connectionSweepMs = 1000;
/** A response that made no progress for so long is given up when its memory is needed. */
export const slowReaderGraceMs = 1000;
/** A frame that made no progress for so long is given up when another waits so long for memory. */
export const slowSenderGraceMs = 1000;
/**
 * How long what a client sends behind an impossible frame is dropped, so that it reads the answer.
 */
export const lingerMs = 1000;
/**
 * Responses of one connection that wait for older ones leave the shared memory when it is short.
 * They may have this many times the bytes of `tcp.max_response_bytes_in_flight`: that one counts
 * messages at the average size of their partition before they are read, and they may be larger.
 */
export const waitingBytesFactor = 4;

// ── QUIC ────────────────────────────────────────────────────────────────────────────────────────

/** Open QUIC connections of one broker; one more is refused. */
export const quicConnectionsDefault = 1000;
/** Bytes that one connection may leave unread: with all that there may be, 4 GB at the worst. */
export const quicWindowBytesDefault = 4 * MIB;
/** Lowest value of that setting. */
export const quicWindowBytesMin = 64 * KIB;
/** Highest value of that setting. */
export const quicWindowBytesMax = 24 * MIB;
/** What one stream may send before any of it was read; the library lets it grow from there. */
export const quicStreamWindowBytes = 64 * KIB;
/** Highest number of streams that a connection may have open at a time. */
export const quicStreamsMax = 10_000;
/** Payloads of one connection, SendMessages aside, that have arrived in part. */
export const quicPayloadsBytesMax = 2 * controlPayloadBytesMax;
/** Responses over QUIC: what the clients of the protocol take, with the header of the response. */
export const quicResponseBytesMax = 10_000_000;
/** A UDP packet that every network takes (RFC 9000, section 14). */
export const quicPayloadBytesMin = 1200;
/** A UDP packet to this machine itself: the largest that the library makes. */
export const quicLoopbackPayloadBytes = 16_383;
/** A UDP packet: the largest that QUIC knows. */
export const quicUdpPayloadBytesMax = 65_527;
/** Connection ids that are made here. */
export const quicConnectionIdBytes = 16;
/** Packets that one connection sends before the others have their turn. */
export const quicPacketsPerTurn = 64;
/** Packets that wait for the system before no more are made. */
export const quicPacketsQueuedMax = 64;
/** Bytes of packets that the system keeps for a socket; it may allow less. */
export const quicSocketBufferBytesDefault = 4 * MIB;
/** Highest value of that setting. */
export const quicSocketBufferBytesMax = 1 * GIB;
/** Lowest value of that setting. */
export const quicSocketBufferBytesMin = 64 * KIB;
/** For so long after its last connection a listener keeps its port, so that the end is heard of. */
export const quicFarewellMs = 50;
/** Time in which a client must come back with the token that proves its address. */
export const quicTokenMs = 10_000;

// ── HTTP ────────────────────────────────────────────────────────────────────────────────────────

/** Body of one request over HTTP; the reference's number. */
export const httpBodyBytesDefault = 2_000_000;
/** Lowest value of that setting: the largest bodies of all routes but those for messages. */
export const httpBodyBytesMin = 64 * KIB;
/** Highest value of that setting: a message of the largest size in base64 still fits. */
export const httpBodyBytesMax = 256 * MIB;
/** Requests over HTTP that are worked on at once; one more is answered with status 503. */
export const httpRequestsMax = 10_000;
/**
 * Bytes of bodies received and of responses not yet sent, of all requests together. Who comes while
 * there are more is answered with status 503; each under way may go one body or response beyond it.
 */
export const httpBytesInFlightMax = 256 * MIB;
/** What the first bytes of a body claim at most for those that its head announces. */
export const httpFirstClaimBytesMax = 4 * MIB;
/** Responses from this size on are compressed where the caller takes it: two packets become one. */
export const httpCompressedBytesMin = 2 * KIB;
/** Responses up to this size are handed over as a copy. */
export const httpCopiedBytesMax = 64 * KIB;
/** Time in which the head of a request must have arrived. */
export const httpHeadTimeoutMs = 30_000;
/** Time in which a whole request must have arrived. */
export const httpRequestTimeoutMs = 5 * 60 * 1000;
/** Time in which a client must take some bytes of a waiting response. */
export const httpStallTimeoutMs = 30_000;
/** A connection without a request stays open longer than balancers keep theirs. */
export const httpIdleTimeoutMs = 75_000;
/** Tokens whose signature was checked and that are remembered; 1 KiB each. */
export const jwtsRememberedMax = 4096;
/** Revoked tokens that have not expired yet; one takes 100 bytes. */
export const jwtsRevokedMax = 100_000;
/** How long a partition that refused a batch counts as one that refuses them. */
export const writeRefusalMs = 30_000;
/** Algorithms that own tokens may be signed with. */
export const jwtAlgorithms = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'ES256',
  'ES384',
  'EdDSA',
] as const;

// ── Logins ──────────────────────────────────────────────────────────────────────────────────────

/** Highest value of the settings for failed logins. */
export const loginFailuresMax = 1_000_000;
/**
 * Addresses, and user names, whose failed logins are remembered, each; of more, those that failed
 * longest ago are forgotten. One takes about 200 bytes, both tables together 13 MB at most.
 */
export const loginFailureKeysMax = 32 * KIB;
/** Password hashes at once: each takes 16 MiB and a thread that the catalog is written with too. */
export const passwordHashesAtOnceMax = 2;
/** Logins and other requests that wait for one; at 0.05 s each the last waits for 100 s. */
export const passwordHashesWaitingMax = 2048;
/** Users whose right password is known without a slow hash; one takes 0.3 KiB. */
export const passwordsProvenMax = 4096;

// ── Rings ───────────────────────────────────────────────────────────────────────────────────────

/** Descriptors of one ring; a power of two. */
export const ringSlots = 4096;
/** Bytes of one descriptor: one cache line. */
export const ringSlotBytes = 64;
/**
 * Requests that wait for one shard's answer: those in its ring and those it collects for a write.
 */
export const callsPerShardMax = 2 * ringSlots;
/** Counters that tell whether stored offsets of a shard may have changed; a power of two. */
export const offsetVersionsCount = 4096;
/** Requests that come together before a shard is shown them, and answers before the acceptor is. */
export const slotsPerPublishMax = 8;
/** For so long, in milliseconds, the acceptor looks for more work before it sleeps. */
export const busyPollMs = 0.2;
/** The same while a shard is at a large send, which a sleeping acceptor would hear of late. */
export const largeSendPollMs = 1;
/** For so long a shard does where a core is free for it. */
export const shardSpinMs = 0.1;
/** The same where clients need its core. */
export const sharedShardSpinMs = 0.03;
/** Replies of a shard that were sent and not yet given back to it. */
export const releasesWaitingMax = 64;
/** Partitions that one request opens on a shard: bounds the record that describes them. */
export const openRecordPartitionsMax = 1000;
/** Stored offsets of consumer groups that a shard tells the acceptor of, for the metrics. */
export const groupOffsetsCountedMax = 16 * KIB;
/** Series of one metric that are told, such as topics; further ones are left out. */
export const metricSeriesMax = 20_000;
/** How often a shard says how much it has open and in memory, for the metrics. */
export const gaugesIntervalMs = 1000;
/** Shard workers: more could not each have the memory that `arenaBytesFor` gives them. */
export const threadsMax = 24;

// ── Shared memory ───────────────────────────────────────────────────────────────────────────────

/** Unit of the arena's page runs. */
export const arenaPageBytes = 64 * KIB;
/** The whole arena, when the configuration says nothing. */
export const arenaBytesDefault = 512 * MIB;
/**
 * Answers over HTTP that the kernel has printed and that are not sent yet, together; beside what is
 * configured. More are printed by JavaScript.
 */
export const textsBytesMax = 16 * MIB;
/** What is lost to whole pages when a region of the arena is cut out. */
const regionSlackBytes = 2 * arenaPageBytes;
/** Lowest value of that setting: room for a whole frame beside others. */
export const arenaBytesMin = 256 * MIB;
/**
 * WebAssembly memories have 32-bit addresses; the last page stays free, so that an end fits as
 * well.
 */
export const arenaBytesMax = 4 * GIB - textsBytesMax - arenaPageBytes;
/**
 * Smallest arena for so many threads and frames of that size. Half belongs to the acceptor, and
 * each shard must be able to read back the largest message that was taken, beside the ids that it
 * remembers where it removes duplicates.
 */
export function arenaBytesNeeded(
  threads: number,
  frameBytes: number,
  removesDuplicates = false,
): number {
  const withIds = removesDuplicates ? frameBytesMin + deduplicationBytesMin : 0;
  return 2 * threads * (Math.max(frameBytes, withIds) + regionSlackBytes);
}

/** Size of the arena where none is configured. Memory that is not used costs addresses only. */
export function arenaBytesFor(
  threads: number,
  frameBytes: number,
  removesDuplicates = false,
): number {
  const needed = arenaBytesNeeded(threads, frameBytes, removesDuplicates);
  const bytes = Math.min(arenaBytesMax, Math.max(arenaBytesDefault, needed));
  return Math.ceil(bytes / arenaPageBytes) * arenaPageBytes;
}
/** Smallest block; smaller requests are rounded up to it. */
export const arenaBlockBytesMin = 256;
/**
 * SendMessages frames up to this size are copied; larger ones are received in place and handed
 * over.
 */
export const copyThresholdBytes = 32 * KIB;
/**
 * Bytes of received frames that one shard keeps as cache: the newest batches. More would cost
 * memory that is touched for the first time, which is slow, and gain little over the system's page
 * cache.
 */
export const keptFrameBytesMax = 32 * MIB;
/**
 * Frames are kept only where somebody reads what was just sent. A reader counts as such when it is
 * this close to the end of its partition, or up to twice as close: then the next frames are kept.
 */
export const followedBytes = 8 * MIB;
/** Frames of a partition that are kept after a reader was seen near its end. */
export const followedFrames = 64;
/** The one buffer that every idle connection reads into. */
export const scratchBytes = 64 * KIB;
/** The memory in which the responses of one connection come together that leave as one piece. */
export const outboxBytes = 64 * KIB;
/** Responses up to this size are copied to there; larger ones are sent from where they lie. */
export const copiedResponseBytesMax = 8 * KIB;
/** Such memories that sockets of slow readers send from, and the one that is used next. */
export const outboxesMax = 16;
/** What the event loop reads of a large frame: small pieces fill up, so that it goes on with it. */
export const receivePieceBytes = 64 * KIB;

// ── Storage ─────────────────────────────────────────────────────────────────────────────────────

/** Bytes after which a partition goes on in a new segment. */
export const segmentBytesDefault = 1 * GIB;
/** Positions in an index are 32 bits; the reference allows no more than this. */
export const segmentBytesMax = 1 * GIB;
/** Sizes of segments are whole multiples of this, as in the reference. */
export const segmentBytesMultiple = 512;
/** A log that has so many bytes has shown that it grows: blocks are kept ready for more. */
export const preallocatedFromBytes = 1 * MIB;
/** Bytes for which blocks are kept ready behind the end of a growing log. */
export const preallocatedBytesMax = 4 * MIB;
/** Both of these are at most this share of the size of segments. */
export const preallocatedShareOfSegment = 1 / 32;
/** Bytes that one poll answers; a larger single message is answered alone. */
export const pollBytesMax = 16 * MIB;
/** Bytes of a poll that is read ahead; larger ones are read when they are asked for. */
export const readAheadBytesMax = 4 * MIB;
/** Bytes of all polls that are read ahead and were not asked for yet. */
export const readAheadBytesTotalMax = 48 * MIB;
/** Polls ahead, all connections together, that clients have not asked for yet. */
export const readAheadsMax = 1024;
/** What was read ahead is given up when it was not asked for within one to three times this. */
export const readAheadIdleMs = 1000;
/** Partitions for which one connection is remembered to read them in sequence. */
export const readingsPerConnectionMax = 64;
/** Bytes of one piece of a poll that is read from a file. */
export const readPieceBytes = 1 * MIB;
/** Memory that a shard keeps for encryption; a larger batch has its own for as long as it lasts. */
export const encryptionMemoryBytes = 32 * MIB;
/** Messages whose damage is told once and not at every poll, before all are forgotten. */
export const unreadableMessagesNotedMax = 1024;
/** Open files of one shard; the least recently used is closed. */
export const openFilesPerShardMax = 4096;
/** Newest messages of a partition whose ids are remembered, when the configuration says nothing. */
export const deduplicationEntriesDefault = 10_000;
/** Highest value of that setting: 36 to 40 bytes each. */
export const deduplicationEntriesMax = 1_000_000;
/** Ids that a partition has room for at first; the room doubles when it is needed. */
export const deduplicationEntriesFirst = 256;
/** What is left to each shard at least for the ids of its partitions. */
export const deduplicationBytesMin = 16 * MIB;
/** The share of a shard's region that ids may take. */
const DEDUPLICATION_SHARE = 1 / 4;
/** Bytes of a shard's region for ids: what is not needed to read back the largest message. */
export function deduplicationBytesFor(regionBytes: number): number {
  const readable = frameBytesMin + regionSlackBytes;
  return Math.min(regionBytes * DEDUPLICATION_SHARE, regionBytes - readable);
}
/** Segments that a shard removes before it serves others: removing large files takes a while. */
export const segmentsPerStepMax = 4;
/** Consumers (and groups) of one partition that may have stored an offset. */
export const consumerOffsetsPerPartitionMax = 100_000;

// ── Snapshots ───────────────────────────────────────────────────────────────────────────────────

/** Newest log lines that a broker remembers for a snapshot. */
export const recentLogBytesMax = 1 * MIB;
/** Files of the data directory that a snapshot lists. */
export const snapshotFilesMax = 10_000;

// ── Client ──────────────────────────────────────────────────────────────────────────────────────

/** Requests of one client that are not answered yet, sent or not. */
export const clientRequestsDefault = 8192;
/** Highest value of that option. */
export const clientRequestsMax = 1_000_000;
/** Connections of one client over HTTP; more requests at a time wait for each other. */
export const clientHttpConnectionsMax = 32;
/** What one read of a client's socket takes; the rest of a large answer is read in place. */
export const clientReadBytes = 64 * KIB;
/** Buffers from this size on are used again: frames of clients, bodies of HTTP. */
export const pooledBufferBytesMin = 64 * KIB;
/** Such buffers of one client, or of one listener, that wait for their next use. */
export const poolBytesMax = 32 * MIB;
/** Messages of one batch of a producer, or of one poll of a consumer. */
export const clientBatchLengthDefault = 1000;
/** Highest value of that option. */
export const clientBatchLengthMax = 1_000_000;
/** Message frames of one batch of a producer; with its index it still fits a frame. */
export const producerBatchBytesDefault = 1 * MIB;
/** Highest value of that option. */
export const producerBatchBytesMax = 32 * MIB;
/** Message frames that one producer holds without an acknowledgement. */
export const producerBufferBytesDefault = 64 * MIB;
/** Highest value of that option. */
export const producerBufferBytesMax = 1 * GIB;
/** Batches that one producer has sent without an acknowledgement. */
export const producerBatchesInFlightMax = 128;
/**
 * Messages that an idempotent producer has sent without an acknowledgement: half of what a broker
 * looks at by default, because others may write to the same partition.
 */
export const idempotentMessagesInFlightMax = deduplicationEntriesDefault / 2;
/** Messages of one producer that wait for room in its buffer. */
export const producerMessagesWaitingMax = 1_000_000;

/** Sends that a shard collects before it writes them. */
export const shardRequestsPerFlushMax = 256;
/** Bytes of messages that a shard collects before it writes them: one large batch is enough. */
export const stagedBytesMax = 512 * KIB;
/** After a failed sync a partition is tried again this much later, in microseconds. */
export const resumeDelayMicros = 1_000_000;

/** Throws when two limits contradict each other: a mistake in this file. */
export function assertLimits(): void {
  const rules: readonly (readonly [boolean, string])[] = [
    [frameBytesDefault >= frameBytesMin, 'the largest message fits a frame'],
    [
      permissionEntriesMax * permissionEntryBytesMax + 4 * KIB <= catalogRecordBytesMax,
      'a user with permissions fits a record',
    ],
    [Number.isInteger(Math.log2(ringSlots)), 'ringSlots is a power of two'],
    [2 * readAheadsMax <= callsPerShardMax - ringSlots, 'polls ahead leave room for others'],
    [Number.isInteger(Math.log2(offsetVersionsCount)), 'offsetVersionsCount is a power of two'],
    [readAheadBytesTotalMax <= frameBytesMin + regionSlackBytes, 'a shard has room to read ahead'],
    [copyThresholdBytes <= scratchBytes, 'a frame that is copied fits the scratch buffer'],
    [copyThresholdBytes <= arenaPageBytes, 'a copied frame fits a block'],
    [copiedResponseBytesMax <= outboxBytes, 'a response that is copied fits the outbox'],
    [readPieceBytes % arenaPageBytes === 0, 'a read piece is a whole number of pages'],
    [readPieceBytes <= responseBytesInFlightMin, 'a read piece fits the responses in flight'],
    [
      producerBatchBytesMax + clientBatchLengthMax * indexEntryBytes < frameBytesDefault,
      'a batch and its index fit a frame',
    ],
    [producerBatchBytesDefault <= producerBufferBytesDefault, 'a batch fits the producer'],
    [timeoutMsMax < 2 ** 31, 'timeouts fit a timer'],
    [segmentBytesMax + frameBytesMax < 2 ** 32, 'positions in a segment fit 32 bits'],
    [
      arenaBytesNeeded(1, frameBytesDefault) <= arenaBytesMin,
      'the smallest arena is enough for one thread',
    ],
    [
      arenaBytesNeeded(threadsMax, frameBytesDefault, true) <= arenaBytesMax,
      'every shard can read back the largest message',
    ],
    [arenaBytesMax + textsBytesMax + arenaPageBytes <= 2 ** 32, 'arena offsets fit 32 bits'],
    [textsBytesMax % arenaPageBytes === 0, 'texts take whole pages'],
  ];
  for (const [holds, rule] of rules) {
    if (!holds) throw new Error(`The limits contradict each other: ${rule} no longer holds.`);
  }
}
