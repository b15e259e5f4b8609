import * as v from 'valibot';
import type { Identifier } from '../../../wire/classic/identifier.ts';
import type { StreamTarget, TopicTarget } from '../../../wire/classic/structures/targets.ts';
import { identifier } from './kinds.ts';

/** The stream in a path. */
export const streamPath = v.object({ stream_id: identifier('stream') });
/** The topic in a path, with its stream. */
export const topicPath = v.object({ ...streamPath.entries, topic_id: identifier('topic') });
/** The group in a path, with its topic. */
export const groupPath = v.object({ ...topicPath.entries, group_id: identifier('group') });
/** The user in a path. */
export const userPath = v.object({ user_id: identifier('user') });

/** What a path says of a stream. */
export function streamTarget(path: { readonly stream_id: Identifier }): StreamTarget {
  return { streamId: path.stream_id };
}

/** What a path says of a topic. */
export function topicTarget(path: {
  readonly stream_id: Identifier;
  readonly topic_id: Identifier;
}): TopicTarget {
  return { streamId: path.stream_id, topicId: path.topic_id };
}
