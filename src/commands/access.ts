import type { Catalog } from '../catalog/catalog.ts';
import type { StreamRecord, TopicRecord, UserRecord } from '../catalog/state.ts';
import { type CheckedPermission, Rights } from '../security/authorize.ts';
import type { PermissionClass } from '../wire/classic/codec.ts';
import { getMe } from '../wire/classic/commands/get-me.ts';
import { loginUser } from '../wire/classic/commands/login-user.ts';
import { loginWithPersonalAccessToken } from '../wire/classic/commands/login-with-personal-access-token.ts';
import { logoutUser } from '../wire/classic/commands/logout-user.ts';
import { ping } from '../wire/classic/commands/ping.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import type { Permissions } from '../wire/classic/structures/permissions.ts';
import type { PartitionTarget, TopicTarget } from '../wire/classic/structures/targets.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import type { Session } from './session.ts';

/** Permissions that are about neither a stream nor a topic nor the caller's own account. */
const general: ReadonlySet<PermissionClass> = new Set([
  'server',
  'users-read',
  'users-manage',
  'streams-list',
  'stream-create',
] as const);

/** A command as far as its permission goes. */
interface Guarded {
  readonly permission: PermissionClass;
}

interface Command extends Guarded {
  readonly code: number;
}

/** Commands about the connection itself, which is no longer known when it was turned away. */
const aboutConnection: ReadonlySet<number> = new Set([
  getMe.code,
  loginUser.code,
  loginWithPersonalAccessToken.code,
  logoutUser.code,
]);

/** For a connection that was turned away; after either status the transport closes it (7.5). */
function assertServesStale(code: number): void {
  if (code === ping.code) return;
  const refusal = aboutConnection.has(code) ? status.ClientNotFound : status.StaleClient;
  throw new WireError(refusal, 'the connection sent no ping for too long');
}

/**
 * The one place where requests are allowed or refused. Streams and topics are looked up here, so
 * that nothing is done with one whose permission was not asked for; whether they exist comes first.
 * Changes of users count from the next look-up on, also for connections that are open.
 */
export class Access {
  readonly #catalog: Catalog;
  readonly #rights = new WeakMap<Permissions, Rights>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** What can be refused before a request is looked at closely: statuses 30, 100, 40, 41. */
  assertCommand(session: Session, { code, permission }: Command): void {
    if (session.isStale) assertServesStale(code);
    if (permission === 'none') return;
    if (session.user === null) {
      throw new WireError(status.Unauthenticated, 'the connection is not logged in');
    }
    if (general.has(permission)) this.assert(session, permission as CheckedPermission);
  }

  /** Status 41 without the permission, and for a user who has been deleted. */
  assert(
    session: Session,
    permission: CheckedPermission,
    streamId?: number,
    topicId?: number,
  ): void {
    const permissions = this.isOrphan(session) ? null : (session.user?.permissions ?? null);
    if (permissions !== null) {
      if (this.#rightsOf(permissions).allow(permission, streamId, topicId)) return;
    }
    throw new WireError(status.Unauthorized, `user ${session.user?.id} lacks ${permission}`);
  }

  /** Status 41 without the permission for all who are not the user themselves. */
  assertOwnOr(session: Session, permission: PermissionClass, user: UserRecord | undefined): void {
    if (user !== undefined && user === session.user) return;
    this.assert(session, permission as CheckedPermission);
  }

  /** The user of a connection that is logged in. Status 20 after the user was deleted. */
  ownAccount(session: Session): UserRecord {
    if (session.user === null || this.isOrphan(session)) {
      throw new WireError(status.ResourceNotFound, 'the user was deleted');
    }
    return session.user;
  }

  /** Whether the user of a connection was deleted; another may have got the number since. */
  isOrphan({ user }: Session): boolean {
    return user !== null && this.#catalog.users.find(user.id) !== user;
  }

  /** The stream, undefined when it is missing. Status 41. */
  findStream(session: Session, command: Guarded, id: Identifier): StreamRecord | undefined {
    const stream = this.#catalog.streams.find(id);
    if (stream !== undefined) this.#assertOn(session, command, stream);
    return stream;
  }

  /** The stream. Status 1009 when it is missing, then 41. */
  stream(session: Session, command: Guarded, id: Identifier): StreamRecord {
    const stream = this.#catalog.stream(id);
    this.#assertOn(session, command, stream);
    return stream;
  }

  /** The topic, undefined when it or its stream is missing. Status 41. */
  findTopic(session: Session, command: Guarded, target: TopicTarget): TopicRecord | undefined {
    const stream = this.#catalog.streams.find(target.streamId);
    const topic = stream?.topics.find(target.topicId);
    if (stream !== undefined && topic !== undefined) {
      this.#assertOn(session, command, stream, topic);
    }
    return topic;
  }

  /** The topic. Status 1009 or 2010 when it or its stream is missing, then 41. */
  topic(session: Session, command: Guarded, target: TopicTarget): TopicRecord {
    const stream = this.#catalog.stream(target.streamId);
    const topic = this.#catalog.topic(stream, target.topicId);
    this.#assertOn(session, command, stream, topic);
    return topic;
  }

  /** The topic of a partition. Status 1009, 2010 or 3007 when something is missing, then 41. */
  topicOfPartition(session: Session, command: Guarded, target: PartitionTarget): TopicRecord {
    const stream = this.#catalog.stream(target.streamId);
    const topic = this.#catalog.topic(stream, target.topicId);
    if (target.partitionId >= topic.partitions.length) {
      const place = `partition ${target.partitionId} of ${topic.name}`;
      throw new WireError(status.PartitionNotFound, place);
    }
    this.#assertOn(session, command, stream, topic);
    return topic;
  }

  #assertOn(
    session: Session,
    { permission }: Guarded,
    stream: StreamRecord,
    topic?: TopicRecord,
  ): void {
    this.assert(session, permission as CheckedPermission, stream.id, topic?.id);
  }

  #rightsOf(permissions: Permissions): Rights {
    let rights = this.#rights.get(permissions);
    if (rights === undefined) {
      rights = new Rights(permissions);
      this.#rights.set(permissions, rights);
    }
    return rights;
  }
}
