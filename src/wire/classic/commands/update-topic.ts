import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { readTopicTarget, type TopicTarget, writeTopicTarget } from '../structures/targets.ts';
import { readTopicSettings, type TopicSettings, writeTopicSettings } from '../structures/topic.ts';
import {
  readTopicRequestExtension,
  type TopicRequestExtension,
  writeTopicRequestExtension,
} from '../structures/topic-extension.ts';

/** A topic and all its new settings. */
export interface UpdateTopicRequest extends TopicTarget, TopicSettings, TopicRequestExtension {}

/** UpdateTopic, code 304: replaces all settings of a topic. */
export const updateTopic: Codec<UpdateTopicRequest, Empty> = {
  code: 304,
  name: 'topic.update',
  permission: 'topic-manage',
  writeRequest: (writer, request) => {
    writeTopicTarget(writer, request);
    writeTopicSettings(writer, request);
    writeTopicRequestExtension(writer, request);
  },
  readRequest: (reader) => ({
    ...readTopicTarget(reader),
    ...readTopicSettings(reader),
    ...readTopicRequestExtension(reader),
  }),
  ...emptyResponse,
};
