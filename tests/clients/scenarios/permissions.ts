import assert from 'node:assert/strict';
import type { Caller } from '../suite/caller.ts';
import type { Scenario } from '../suite/scenario.ts';
import type { Scene } from '../suite/scene.ts';
import { createTopic, type Place, poll, sendNumbers } from './stock.ts';
import { base64 } from './texts.ts';

/** A user may do what it was given, and nothing else; changes count at once. */
export const permissions: Scenario = {
  title: 'permissions',
  async run(scene) {
    const root = await scene.open('root');
    const open = await createTopic(scene, root, 1);
    const closed = { stream: open.stream, topic: 'closed' };
    await scene.arrange(root, 'topic.create', { ...closed, name: 'closed', partitions: 1 });
    await sendNumbers(scene, root, open, 0, [1]);
    const user = { username: scene.name, password: 'secret' };
    const given = await permissionsFor(scene, open);
    await scene.arrange(root, 'user.create', { ...user, permissions: given });
    const caller = await scene.open('limited', user);
    await isAllowed(caller, open);
    await isRefused(caller, closed);
    await isAllowedMore(scene, root, caller);
    await hasNothingLeft(scene, root, caller, open);
  },
};

async function permissionsFor(scene: Scene, { stream, topic }: Place) {
  const helper = await scene.helper();
  const { id: streamId } = (await helper.call('stream.get', { stream }))!;
  const { id: topicId } = (await helper.call('topic.get', { stream, topic }))!;
  const topics = [{ topicId, readTopic: true, pollMessages: true, sendMessages: true }];
  return { global: {}, streams: [{ streamId, topics }] };
}

function send(place: Place) {
  return { ...place, to: { partition: 0 }, messages: [{ payload: base64('2') }] };
}

async function isAllowed(caller: Caller, open: Place): Promise<void> {
  await caller.optional('topic.get', open);
  await caller.call('message.send', send(open));
  const polled = await poll(caller, open, { from: 'first' });
  assert.equal(polled.messages.length, 2);
}

async function isRefused(caller: Caller, closed: Place): Promise<void> {
  const reading = {
    consumer: 0,
    from: 'first',
    count: 1,
    partition: 0,
    autoCommit: false,
  } as const;
  await caller.refused('message.send', send(closed), 41);
  await caller.refused('message.poll', { ...closed, ...reading }, 41);
  await caller.refused('stream.create', { name: 'not allowed' }, 41);
  await caller.refused('topic.create', { ...closed, name: 'not allowed', partitions: 1 }, 41);
  await caller.refused('topic.delete', closed, 41);
  await caller.refused('stream.list', {}, 41);
  await caller.refused('user.list', {}, 41);
  await caller.refused('user.create', { username: 'not allowed', password: 'secret' }, 41);
  await caller.refused('client.list', {}, 41);
  await caller.refused('stats', {}, 41);
}

async function isAllowedMore(scene: Scene, root: Caller, caller: Caller): Promise<void> {
  const given = { global: { manageStreams: true }, streams: [] };
  await scene.arrange(root, 'user.permissions', { user: scene.name, permissions: given });
  await caller.optional('stream.create', { name: `${scene.name}-allowed` });
  await caller.refused('stats', {}, 41);
}

async function hasNothingLeft(
  scene: Scene,
  root: Caller,
  caller: Caller,
  open: Place,
): Promise<void> {
  await scene.arrange(root, 'user.permissions', { user: scene.name, permissions: null });
  await caller.refused('message.send', send(open), 41);
  await caller.refused('stream.create', { name: 'not allowed' }, 41);
}
