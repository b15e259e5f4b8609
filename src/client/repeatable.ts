import type { Codec } from '../wire/codec.ts';
import { flushUnsavedBuffer } from '../wire/commands/flush-unsaved-buffer.ts';
import { getClient } from '../wire/commands/get-client.ts';
import { getClients } from '../wire/commands/get-clients.ts';
import { getClusterMetadata } from '../wire/commands/get-cluster-metadata.ts';
import { getConsumerOffset } from '../wire/commands/get-consumer-offset.ts';
import { getMe } from '../wire/commands/get-me.ts';
import { getPersonalAccessTokens } from '../wire/commands/get-personal-access-tokens.ts';
import { getStats } from '../wire/commands/get-stats.ts';
import { getStream } from '../wire/commands/get-stream.ts';
import { getStreams } from '../wire/commands/get-streams.ts';
import { getTopic } from '../wire/commands/get-topic.ts';
import { getTopics } from '../wire/commands/get-topics.ts';
import { getUser } from '../wire/commands/get-user.ts';
import { getUsers } from '../wire/commands/get-users.ts';
import { ping } from '../wire/commands/ping.ts';
import { type PollMessagesRequest, pollMessages } from '../wire/commands/poll-messages.ts';
import { sendMessages } from '../wire/commands/send-messages.ts';
import { storeConsumerOffset } from '../wire/commands/store-consumer-offset.ts';

/** Reads, what has the same effect twice, and sends, which are promised at least once. */
const repeatableCodes: ReadonlySet<number> = new Set(
  [
    ping,
    getStats,
    getClusterMetadata,
    getMe,
    getClient,
    getClients,
    getUser,
    getUsers,
    getPersonalAccessTokens,
    getStream,
    getStreams,
    getTopic,
    getTopics,
    getConsumerOffset,
    storeConsumerOffset,
    flushUnsavedBuffer,
    sendMessages,
  ].map(({ code }) => code),
);

/** Whether a request may be sent again when the connection was lost before its answer. */
export function isRepeatable(codec: Codec<unknown, unknown>, request: unknown): boolean {
  if (codec.code === pollMessages.code) return !(request as PollMessagesRequest).autoCommit;
  return repeatableCodes.has(codec.code);
}
