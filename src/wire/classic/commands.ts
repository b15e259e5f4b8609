import type { Codec } from './codec.ts';
import { changePassword } from './commands/change-password.ts';
import { createConsumerGroup } from './commands/create-consumer-group.ts';
import { createPartitions } from './commands/create-partitions.ts';
import { createPersonalAccessToken } from './commands/create-personal-access-token.ts';
import { createStream } from './commands/create-stream.ts';
import { createTopic } from './commands/create-topic.ts';
import { createUser } from './commands/create-user.ts';
import { deleteConsumerGroup } from './commands/delete-consumer-group.ts';
import { deleteConsumerOffset } from './commands/delete-consumer-offset.ts';
import { deletePartitions } from './commands/delete-partitions.ts';
import { deletePersonalAccessToken } from './commands/delete-personal-access-token.ts';
import { deleteSegments } from './commands/delete-segments.ts';
import { deleteStream } from './commands/delete-stream.ts';
import { deleteTopic } from './commands/delete-topic.ts';
import { deleteUser } from './commands/delete-user.ts';
import { flushUnsavedBuffer } from './commands/flush-unsaved-buffer.ts';
import { getClient } from './commands/get-client.ts';
import { getClients } from './commands/get-clients.ts';
import { getClusterMetadata } from './commands/get-cluster-metadata.ts';
import { getConsumerGroup } from './commands/get-consumer-group.ts';
import { getConsumerGroups } from './commands/get-consumer-groups.ts';
import { getConsumerOffset } from './commands/get-consumer-offset.ts';
import { getMe } from './commands/get-me.ts';
import { getPersonalAccessTokens } from './commands/get-personal-access-tokens.ts';
import { getSnapshot } from './commands/get-snapshot.ts';
import { getStats } from './commands/get-stats.ts';
import { getStream } from './commands/get-stream.ts';
import { getStreams } from './commands/get-streams.ts';
import { getTopic } from './commands/get-topic.ts';
import { getTopics } from './commands/get-topics.ts';
import { getUser } from './commands/get-user.ts';
import { getUsers } from './commands/get-users.ts';
import { joinConsumerGroup } from './commands/join-consumer-group.ts';
import { leaveConsumerGroup } from './commands/leave-consumer-group.ts';
import { loginUser } from './commands/login-user.ts';
import { loginWithPersonalAccessToken } from './commands/login-with-personal-access-token.ts';
import { logoutUser } from './commands/logout-user.ts';
import { ping } from './commands/ping.ts';
import { pollMessages } from './commands/poll-messages.ts';
import { purgeStream } from './commands/purge-stream.ts';
import { purgeTopic } from './commands/purge-topic.ts';
import { sendMessages } from './commands/send-messages.ts';
import { storeConsumerOffset } from './commands/store-consumer-offset.ts';
import { updatePermissions } from './commands/update-permissions.ts';
import { updateStream } from './commands/update-stream.ts';
import { updateTopic } from './commands/update-topic.ts';
import { updateUser } from './commands/update-user.ts';
/** Every command this build speaks, by ascending code. */
export const codecs: readonly Codec<unknown, unknown>[] = [
  ping,
  getStats,
  getSnapshot,
  getClusterMetadata,
  getMe,
  getClient,
  getClients,
  getUser,
  getUsers,
  createUser,
  deleteUser,
  updateUser,
  updatePermissions,
  changePassword,
  loginUser,
  logoutUser,
  getPersonalAccessTokens,
  createPersonalAccessToken,
  deletePersonalAccessToken,
  loginWithPersonalAccessToken,
  pollMessages,
  sendMessages,
  flushUnsavedBuffer,
  getConsumerOffset,
  storeConsumerOffset,
  deleteConsumerOffset,
  getStream,
  getStreams,
  createStream,
  deleteStream,
  updateStream,
  purgeStream,
  getTopic,
  getTopics,
  createTopic,
  deleteTopic,
  updateTopic,
  purgeTopic,
  createPartitions,
  deletePartitions,
  deleteSegments,
  getConsumerGroup,
  getConsumerGroups,
  createConsumerGroup,
  deleteConsumerGroup,
  joinConsumerGroup,
  leaveConsumerGroup,
];

/** Codes that are missing here are status 3 (InvalidCommand). */
export const codecsByCode: ReadonlyMap<number, Codec<unknown, unknown>> = new Map(
  codecs.map((codec) => [codec.code, codec]),
);
