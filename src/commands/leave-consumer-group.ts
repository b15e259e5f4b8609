import {
  type LeaveConsumerGroupRequest,
  leaveConsumerGroup,
} from '../wire/classic/commands/leave-consumer-group.ts';
import { findGroup, notMember } from './consumer-target.ts';
import type { ControlHandler } from './handler.ts';

export const handleLeaveConsumerGroup: ControlHandler<LeaveConsumerGroupRequest, undefined> = {
  codec: leaveConsumerGroup,
  handle({ access, groups }, session, request) {
    const topic = access.topic(session, leaveConsumerGroup, request);
    const record = findGroup(topic, request.groupId);
    if (!groups.leave(record, session.clientId)) throw notMember(session, record);
    return undefined;
  },
};
