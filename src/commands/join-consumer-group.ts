import {
  type JoinConsumerGroupRequest,
  joinConsumerGroup,
} from '../wire/classic/commands/join-consumer-group.ts';
import { findGroup } from './consumer-target.ts';
import type { ControlHandler } from './handler.ts';

/** A group has to be created before; joining twice is once. */
export const handleJoinConsumerGroup: ControlHandler<JoinConsumerGroupRequest, undefined> = {
  codec: joinConsumerGroup,
  handle({ catalog, access, groups }, session, request) {
    const topic = access.topic(session, joinConsumerGroup, request);
    const record = findGroup(topic, request.groupId);
    const place = {
      streamId: catalog.stream(request.streamId).id,
      topicId: topic.id,
      groupId: record.id,
    };
    groups.join(record, place, topic.partitions.length, session.clientId);
    return undefined;
  },
};
