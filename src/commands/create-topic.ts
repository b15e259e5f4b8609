import type { StreamRecord } from '../catalog/state.ts';
import { type CreateTopicRequest, createTopic } from '../wire/classic/commands/create-topic.ts';
import type { TopicDetails } from '../wire/classic/structures/topic-details.ts';
import { partitionsPerRequestMax, topicsPerStreamMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { nowMicros } from './clock.ts';
import { describeTopicDetails } from './details.ts';
import type { ControlHandler } from './handler.ts';
import {
  assertCompression,
  assertTopicSize,
  resolveSettings,
  storedAcknowledgement,
} from './topic-settings.ts';

export const handleCreateTopic: ControlHandler<CreateTopicRequest, TopicDetails> = {
  codec: createTopic,
  handle(services, session, request) {
    if (request.partitionsCount > partitionsPerRequestMax) {
      throw new WireError(
        status.TooManyPartitions,
        `${request.partitionsCount} partitions, the limit is ${partitionsPerRequestMax}`,
      );
    }
    assertCompression(request);
    const { catalog, access, handles, router, settings } = services;
    return catalog.transact(async (propose) => {
      const stream = access.stream(session, createTopic, request.streamId);
      assertTopicSize(request, settings);
      assertNameIsFree(stream, request.name);
      handles.assertRoom(request.partitionsCount);
      const id = stream.topicIds.peek();
      const { partitionsCount } = request;
      await propose({
        type: 'topic.create',
        streamId: stream.id,
        id,
        createdAt: nowMicros(),
        partitionsCount,
        ...resolveSettings(request, settings),
        acknowledgement: storedAcknowledgement(session, request, null),
      });
      const topic = catalog.topic(stream, id);
      // The answer shows no segments yet, as the reference's does.
      const details = describeTopicDetails(services, session, topic);
      await router.openPartitions(handles.register(stream, topic, 'new'));
      return details;
    });
  },
};

function assertNameIsFree(stream: StreamRecord, name: string): void {
  if (stream.topics.find(name) !== undefined) {
    throw new WireError(status.TopicNameAlreadyExists, `topic ${name} of ${stream.name}`);
  }
  if (stream.topics.size >= topicsPerStreamMax) {
    throw new WireError(
      status.CannotCreateTopic,
      `the limit is ${topicsPerStreamMax} topics in a stream`,
    );
  }
}
