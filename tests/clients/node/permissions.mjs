// Permissions of a user: the client has other names for some flags and nests others.
import { NotOffered } from './answers.mjs';

const capital = (name) => `${name[0].toUpperCase()}${name.slice(1)}`;
const small = (name) => `${name[0].toLowerCase()}${name.slice(1)}`;

function renamed(flags, rename) {
  return Object.fromEntries(Object.entries(flags).map(([name, value]) => [rename(name), value]));
}

/** Undefined for none. The client writes entries without the flags that belong between them. */
export function readPermissions(permissions) {
  if (!permissions) return undefined;
  const { global, streams = [] } = permissions;
  refuseSeveral(streams);
  return { global: renamed(global, capital), streams: streams.map(readStream) };
}

/** It reads them without those flags too. */
function refuseSeveral(streams) {
  if (streams.length > 1 || streams.some(({ topics = [] }) => topics.length > 1))
    throw new NotOffered('this client knows rights for no more than one stream and one topic');
}

function readStream({ streamId, topics = [], ...permissions }) {
  return { streamId, permissions, topics: topics.map(readTopic) };
}

function readTopic({ topicId, manageTopic, readTopic, pollMessages, sendMessages }) {
  const permissions = { manage: manageTopic, read: readTopic, pollMessages, sendMessages };
  return { topicId, permissions };
}

export function showPermissions({ global, streams }) {
  refuseSeveral(streams);
  return { global: renamed(global, small), streams: streams.map(showStream) };
}

function showStream({ streamId, permissions, topics }) {
  return { streamId, ...permissions, topics: topics.map(showTopic) };
}

function showTopic({ topicId, permissions: { manage, read, pollMessages, sendMessages } }) {
  return { topicId, manageTopic: manage, readTopic: read, pollMessages, sendMessages };
}
