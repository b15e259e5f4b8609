import type { Codec } from '../wire/classic/codec.ts';
import { flushUnsavedBuffer } from '../wire/classic/commands/flush-unsaved-buffer.ts';
import { getClient } from '../wire/classic/commands/get-client.ts';
import { getClients } from '../wire/classic/commands/get-clients.ts';
import { getClusterMetadata } from '../wire/classic/commands/get-cluster-metadata.ts';
import { getConsumerGroup } from '../wire/classic/commands/get-consumer-group.ts';
import { getConsumerGroups } from '../wire/classic/commands/get-consumer-groups.ts';
import { getConsumerOffset } from '../wire/classic/commands/get-consumer-offset.ts';
import { getMe } from '../wire/classic/commands/get-me.ts';
import { getPersonalAccessTokens } from '../wire/classic/commands/get-personal-access-tokens.ts';
import { getSnapshot } from '../wire/classic/commands/get-snapshot.ts';
import { getStats } from '../wire/classic/commands/get-stats.ts';
import { getStream } from '../wire/classic/commands/get-stream.ts';
import { getStreams } from '../wire/classic/commands/get-streams.ts';
import { getTopic } from '../wire/classic/commands/get-topic.ts';
import { getTopics } from '../wire/classic/commands/get-topics.ts';
import { getUser } from '../wire/classic/commands/get-user.ts';
import { getUsers } from '../wire/classic/commands/get-users.ts';
import { joinConsumerGroup } from '../wire/classic/commands/join-consumer-group.ts';
import { ping } from '../wire/classic/commands/ping.ts';
import { type PollMessagesRequest, pollMessages } from '../wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../wire/classic/commands/send-messages.ts';
import { storeConsumerOffset } from '../wire/classic/commands/store-consumer-offset.ts';

/** Reads, what has the same effect twice, and sends, which are promised at least once. */
const repeatableCodes: ReadonlySet<number> = new Set(
  [
    ping,
    getStats,
    getSnapshot,
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
    getConsumerGroup,
    getConsumerGroups,
    joinConsumerGroup,
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
