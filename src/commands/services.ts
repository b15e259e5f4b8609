import type { Catalog } from '../catalog/catalog.ts';
import type { ConsumerGroups } from '../groups/consumer-groups.ts';
import type { Passwords } from '../security/password.ts';
import type { ShardRouter } from '../shards/shard-router.ts';
import type { Acknowledgement } from '../wire/acknowledgement.ts';
import type { GetSnapshotRequest } from '../wire/classic/commands/get-snapshot.ts';
import type { ClusterNode } from '../wire/classic/structures/cluster-metadata.ts';
import type { Access } from './access.ts';
import type { Logins } from './logins.ts';
import type { PartitionHandles } from './partition-handles.ts';
import type { ProcessStatistics } from './process-statistics.ts';
import type { ReadAheads } from './read-aheads.ts';
import type { RequestCounts } from './request-counts.ts';
import type { Sessions } from './sessions.ts';
import type { WaitingPolls } from './waiting-polls.ts';
import type { WriteRefusals } from './write-refusals.ts';

/** Values of the configuration that commands need. */
export interface CommandSettings {
  readonly segmentBytes: number;
  /** What 0 means for a topic; bytes, 2^64 − 1 is unlimited. */
  readonly defaultMaxSize: bigint;
  /** What 0 means for a topic; microseconds, 2^64 − 1 is never. */
  readonly defaultMessageExpiry: bigint;
  /** What an acknowledgement means in topics that do not say it. */
  readonly acknowledgement: Acknowledgement;
  /** Longest time that an empty poll waits for messages; 0 for not at all. */
  readonly pollWaitMsMax: number;
  /** Polls of one connection that may wait at a time, as clients are told. */
  readonly pollsWaitingMax: number;
}

/** What the handlers of all commands work with. */
export interface Services {
  /** Absolute path of the data directory, which tells brokers of one process apart. */
  readonly broker: string;
  readonly catalog: Catalog;
  /** Looks up streams and topics for those who may use them. */
  readonly access: Access;
  readonly router: ShardRouter;
  readonly handles: PartitionHandles;
  readonly sessions: Sessions;
  readonly requests: RequestCounts;
  /** Who is a member of which consumer group. */
  readonly groups: ConsumerGroups;
  /** Polls that are expected next. */
  readonly readAheads: ReadAheads;
  /** Polls that wait for messages. */
  readonly waitingPolls: WaitingPolls;
  /** Remembers which partitions refuse what is sent to them. */
  readonly writeRefusals: WriteRefusals;
  /** Counts failed logins. */
  readonly logins: Logins;
  readonly passwords: Passwords;
  readonly process: ProcessStatistics;
  /** A ZIP archive about the broker and its machine. Rejects with status 9000. */
  readonly takeSnapshot: (request: GetSnapshotRequest) => Promise<Uint8Array>;
  readonly settings: CommandSettings;
  /** This node with the addresses it really listens on. */
  readonly node: () => ClusterNode;
}
