import { type UpdateTopicRequest, updateTopic } from '../wire/classic/commands/update-topic.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ControlHandler } from './handler.ts';
import { assertCompression, resolveSettings, storedAcknowledgement } from './topic-settings.ts';

/** 0 means the server's default here as it does on creation; the reference stores the 0 itself. */
export const handleUpdateTopic: ControlHandler<UpdateTopicRequest, undefined> = {
  codec: updateTopic,
  handle({ catalog, access, handles, router, settings }, session, request) {
    assertCompression(request);
    return catalog.transact(async (propose) => {
      const topic = access.topic(session, updateTopic, request);
      const stream = catalog.stream(request.streamId);
      const namesake = stream.topics.find(request.name);
      if (namesake !== undefined && namesake !== topic) {
        throw new WireError(status.TopicNameAlreadyExists, `topic ${request.name}`);
      }
      const acknowledgement = storedAcknowledgement(session, request, topic.acknowledgement);
      await propose({
        type: 'topic.update',
        streamId: stream.id,
        id: topic.id,
        ...resolveSettings(request, settings),
        acknowledgement,
      });
      await router.setAcknowledgement(handles.all(topic), acknowledgement);
      return undefined;
    });
  },
};
