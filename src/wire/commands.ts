import type { Codec } from './codec.ts';
import { createPartitions } from './commands/create-partitions.ts';
import { createStream } from './commands/create-stream.ts';
import { createTopic } from './commands/create-topic.ts';
import { deleteConsumerOffset } from './commands/delete-consumer-offset.ts';
import { deletePartitions } from './commands/delete-partitions.ts';
import { deleteStream } from './commands/delete-stream.ts';
import { deleteTopic } from './commands/delete-topic.ts';
import { flushUnsavedBuffer } from './commands/flush-unsaved-buffer.ts';
import { getClusterMetadata } from './commands/get-cluster-metadata.ts';
import { getConsumerOffset } from './commands/get-consumer-offset.ts';
import { getMe } from './commands/get-me.ts';
import { getStats } from './commands/get-stats.ts';
import { getStream } from './commands/get-stream.ts';
import { getStreams } from './commands/get-streams.ts';
import { getTopic } from './commands/get-topic.ts';
import { getTopics } from './commands/get-topics.ts';
import { loginUser } from './commands/login-user.ts';
import { logoutUser } from './commands/logout-user.ts';
import { ping } from './commands/ping.ts';
import { pollMessages } from './commands/poll-messages.ts';
import { purgeStream } from './commands/purge-stream.ts';
import { purgeTopic } from './commands/purge-topic.ts';
import { sendMessages } from './commands/send-messages.ts';
import { storeConsumerOffset } from './commands/store-consumer-offset.ts';
import { updateStream } from './commands/update-stream.ts';
import { updateTopic } from './commands/update-topic.ts';

/** Every command this build speaks, by ascending code. */
export const codecs: readonly Codec<unknown, unknown>[] = [
  ping,
  getStats,
  getClusterMetadata,
  getMe,
  loginUser,
  logoutUser,
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
];

/** Codes that are missing here are status 3 (InvalidCommand). */
export const codecsByCode: ReadonlyMap<number, Codec<unknown, unknown>> = new Map(
  codecs.map((codec) => [codec.code, codec]),
);
