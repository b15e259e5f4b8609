import type { TopicRecord } from '../catalog/state.ts';
import {
  type CreateConsumerGroupRequest,
  createConsumerGroup,
} from '../wire/classic/commands/create-consumer-group.ts';
import type { ConsumerGroup } from '../wire/classic/structures/consumer-group.ts';
import { groupsPerTopicMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { findGroup } from './consumer-target.ts';
import { describeGroup } from './details.ts';
import type { ControlHandler } from './handler.ts';

export const handleCreateConsumerGroup: ControlHandler<CreateConsumerGroupRequest, ConsumerGroup> =
  {
    codec: createConsumerGroup,
    handle(services, session, request) {
      const { catalog, access } = services;
      return catalog.transact(async (propose) => {
        const topic = access.topic(session, createConsumerGroup, request);
        const { name } = request;
        assertRoom(topic, name);
        const id = topic.groupIds.peek();
        const at = { streamId: catalog.stream(request.streamId).id, topicId: topic.id };
        await propose({ type: 'group.create', ...at, id, name });
        return describeGroup(services, topic, findGroup(topic, id));
      });
    },
  };

function assertRoom({ name: topicName, groups }: TopicRecord, name: string): void {
  if (groups.find(name) !== undefined) {
    throw new WireError(status.ConsumerGroupNameAlreadyExists, `group ${name} of ${topicName}`);
  }
  if (groups.size >= groupsPerTopicMax) {
    throw new WireError(
      status.CannotCreateConsumerGroupInfo,
      `the limit is ${groupsPerTopicMax} consumer groups in a topic`,
    );
  }
}
