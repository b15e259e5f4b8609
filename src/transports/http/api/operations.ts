import { aboutOperations } from './about.ts';
import { commandOperations } from './commands.ts';
import { consumerOperations } from './consumers.ts';
import { groupSessionOperations } from './group-sessions.ts';
import { liveOperations } from './live.ts';
import { messageOperations } from './messages.ts';
import type { Operation } from './operation.ts';
import { partitionOperations } from './partitions.ts';
import { sessionOperations } from './sessions.ts';
import { streamOperations } from './streams.ts';
import { systemOperations } from './system.ts';
import { topicOperations } from './topics.ts';
import { userOperations } from './users.ts';

/** Every operation of the API, in the order of the documentation. */
export const operations: readonly Operation[] = [
  ...systemOperations,
  ...sessionOperations,
  ...userOperations,
  ...streamOperations,
  ...topicOperations,
  ...partitionOperations,
  ...messageOperations,
  ...liveOperations,
  ...consumerOperations,
  ...groupSessionOperations,
  ...commandOperations,
  ...aboutOperations,
];
