import { status, statusName } from '../../wire/status.ts';
import type { Header } from './host/host.ts';

/** What a caller without a token that holds is told to show. */
const CHALLENGE: Header = ['www-authenticate', 'Bearer'];

/** What a caller is told when a request fails: the same shape for all failures. */
export interface ErrorBody {
  /** Number of the error table; 404 where something simply is not there. */
  readonly id: number;
  /** Its name in lower case. */
  readonly code: string;
  /** One sentence about what was wrong. */
  readonly reason: string;
  /** What the request called that which was wrong, where it is one thing. */
  readonly field: string | null;
}

/** Statuses of HTTP by the errors that they stand for; 400 for all others. */
const httpStatuses: ReadonlyMap<number, number> = new Map([
  ...statusesOf(401, [
    status.Unauthenticated,
    status.InvalidCredentials,
    status.UserInactive,
    status.InvalidPersonalAccessToken,
    status.PersonalAccessTokenExpired,
    status.AccessTokenMissing,
    status.InvalidAccessToken,
  ]),
  ...statusesOf(403, [status.Unauthorized]),
  ...statusesOf(404, [
    status.ResourceNotFound,
    status.ClientNotFound,
    status.StreamIdNotFound,
    status.TopicIdNotFound,
    status.PartitionNotFound,
    status.SegmentNotFound,
    status.ConsumerOffsetNotFound,
    status.ConsumerGroupIdNotFound,
    status.ConsumerGroupNameNotFound,
    status.ConsumerGroupMemberNotFound,
  ]),
  ...statusesOf(500, [
    status.Error,
    status.CannotSaveMessagesToSegment,
    status.SnapshotFileCompletionFailed,
    status.CannotReadFile,
    status.CannotAppendToFile,
    status.CannotWriteToFile,
    status.CannotSyncFile,
    status.CannotDecryptData,
    status.CannotEncryptData,
    status.IoError,
  ]),
  ...statusesOf(503, [status.Disconnected, status.ShardCommunicationError]),
]);

/** Names of what was wrong by the errors that are about one thing. */
const fields: ReadonlyMap<number, string> = new Map<number, string>([
  [status.StreamIdNotFound, 'stream_id'],
  [status.InvalidStreamId, 'stream_id'],
  [status.TopicIdNotFound, 'topic_id'],
  [status.InvalidTopicId, 'topic_id'],
  [status.PartitionNotFound, 'partition_id'],
  [status.SegmentNotFound, 'segment_id'],
  [status.ClientNotFound, 'client_id'],
  [status.InvalidClientId, 'client_id'],
  [status.StreamNameAlreadyExists, 'name'],
  [status.InvalidStreamName, 'name'],
  [status.TopicNameAlreadyExists, 'name'],
  [status.InvalidTopicName, 'name'],
  [status.ConsumerGroupNameAlreadyExists, 'name'],
  [status.InvalidConsumerGroupName, 'name'],
  [status.PersonalAccessTokenAlreadyExists, 'name'],
  [status.InvalidPersonalAccessTokenName, 'name'],
  [status.InvalidOffset, 'offset'],
  [status.InvalidConsumerGroupId, 'consumer_group_id'],
  [status.ConsumerGroupIdNotFound, 'group_id'],
  [status.UserAlreadyExists, 'username'],
  [status.InvalidUsername, 'username'],
  [status.InvalidPassword, 'password'],
  [status.InvalidHeaderKey, 'user_headers'],
  [status.InvalidHeaderValue, 'user_headers'],
  [status.TooBigUserHeaders, 'user_headers'],
  [status.TooManyPartitions, 'partitions_count'],
  [status.InvalidTopicSize, 'max_topic_size'],
  [status.InvalidReplicationFactor, 'replication_factor'],
]);

/** What must not be told in detail: it would help those who guess. */
const silent: ReadonlySet<number> = new Set([
  status.InvalidCredentials,
  status.InvalidPersonalAccessToken,
  status.InvalidAccessToken,
  status.Error,
]);

/** A request that fails, with all that its answer says. */
export class ApiError extends Error {
  readonly httpStatus: number;
  readonly body: ErrorBody;
  readonly headers: readonly Header[];

  constructor(httpStatus: number, body: ErrorBody, headers: readonly Header[] = []) {
    super(body.reason);
    this.name = 'ApiError';
    this.httpStatus = httpStatus;
    this.body = body;
    this.headers = headers;
  }
}

/** The failure of a command that the broker refused with a status. */
export function refused(id: number, detail?: string, httpStatus = httpStatusOf(id)): ApiError {
  const isTold = detail !== undefined && !silent.has(id);
  const reason = isTold ? `${plainName(id)}: ${detail}.` : `${plainName(id)}.`;
  const body = { id, code: snakeName(id), reason, field: fields.get(id) ?? null };
  return new ApiError(httpStatus, body, httpStatus === 401 ? [CHALLENGE] : []);
}

/** The failure of a request that HTTP itself, or the form of what was sent, does not allow. */
export function malformed(httpStatus: number, reason: string, field?: string): ApiError {
  const id = status.InvalidHttpRequest;
  return new ApiError(httpStatus, { id, code: snakeName(id), reason, field: field ?? null });
}

/** The failure of a request by a method that its path does not have. */
export function wrongMethod(methods: readonly string[]): ApiError {
  const allowed = methods.join(', ');
  const { body } = malformed(405, `This path takes only ${allowed}.`);
  return new ApiError(405, body, [['allow', allowed]]);
}

/** The failure of a request that comes at a time when it cannot be served. */
export function unavailable(reason: string): ApiError {
  const id = status.ShardCommunicationError;
  const body = { id, code: snakeName(id), reason, field: null };
  return new ApiError(503, body, [['retry-after', '1']]);
}

/** The failure of a plain request where only a WebSocket can be. */
export function upgradeRequired(): ApiError {
  const { body } = malformed(426, 'This path takes only requests to become a WebSocket.');
  const headers: Header[] = [
    ['upgrade', 'websocket'],
    ['connection', 'upgrade'],
  ];
  return new ApiError(426, body, headers);
}

/** The failure of a request for one more of what there is only so much of. */
export function tooMany(limit: string): ApiError {
  const reason = `There are ${limit} at most, and that many there are.`;
  const { body } = malformed(429, reason);
  return new ApiError(429, body, [['retry-after', '1']]);
}

/** The failure of a request for something that is not there. */
export function notFound(reason = 'Resource not found'): ApiError {
  return new ApiError(404, { id: 404, code: 'not_found', reason, field: null });
}

function httpStatusOf(id: number): number {
  return httpStatuses.get(id) ?? 400;
}

function statusesOf(httpStatus: number, ids: readonly number[]): [number, number][] {
  return ids.map((id) => [id, httpStatus]);
}

/** `StreamIdNotFound` as `stream_id_not_found`. */
function snakeName(id: number): string {
  return wordsOf(id).join('_');
}

/** `StreamIdNotFound` as `Stream id not found`. */
function plainName(id: number): string {
  const words = wordsOf(id).join(' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function wordsOf(id: number): string[] {
  return statusName(id)
    .replaceAll(/(?<=[a-z\d])[A-Z]/g, (letter) => ` ${letter}`)
    .toLowerCase()
    .split(' ');
}
