import type { Catalog } from '../catalog/catalog.ts';
import type { ConsumerGroups } from '../groups/consumer-groups.ts';
import type { Passwords } from '../security/password.ts';
import type { ShardRouter } from '../shards/shard-router.ts';
import type { ClusterNode } from '../wire/classic/structures/cluster-metadata.ts';
import type { Access } from './access.ts';
import type { Logins } from './logins.ts';
import type { PartitionHandles } from './partition-handles.ts';
import type { ProcessStatistics } from './process-statistics.ts';
import type { Sessions } from './sessions.ts';

/** Values of the configuration that commands need. */
export interface CommandSettings {
  readonly segmentBytes: number;
  /** What 0 means for a topic; bytes, 2^64 − 1 is unlimited. */
  readonly defaultMaxSize: bigint;
  /** What 0 means for a topic; microseconds, 2^64 − 1 is never. */
  readonly defaultMessageExpiry: bigint;
}

/** What the handlers of all commands work with. */
export interface Services {
  readonly catalog: Catalog;
  /** Looks up streams and topics for those who may use them. */
  readonly access: Access;
  readonly router: ShardRouter;
  readonly handles: PartitionHandles;
  readonly sessions: Sessions;
  /** Who is a member of which consumer group. */
  readonly groups: ConsumerGroups;
  /** Counts failed logins. */
  readonly logins: Logins;
  readonly passwords: Passwords;
  readonly process: ProcessStatistics;
  readonly settings: CommandSettings;
  /** This node with the addresses it really listens on. */
  readonly node: () => ClusterNode;
}
