import assert from 'node:assert/strict';
import type { Caller } from '../suite/caller.ts';
import type { Scenario } from '../suite/scenario.ts';
import { allNumbers, createTopic, type Place, sendNumbers } from './stock.ts';
import { base64 } from './texts.ts';

/** What is refused is refused with the right status, and the connection stays usable. */
export const errors: Scenario = {
  title: 'errors',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, 1);
    await sendNumbers(scene, root, place, 0, [1]);
    await refusesReaders(root, place);
    await refusesSenders(root, place);
    await refusesNames(root, place);
    await refusesGroups(root, place);
    await refusesUsers(root);
    assert.deepEqual(await allNumbers(root, place, 0), [1]);
  },
};

async function refusesReaders(root: Caller, place: Place): Promise<void> {
  const reading = {
    consumer: 0,
    from: 'first',
    count: 1,
    partition: 0,
    autoCommit: false,
  } as const;
  for (const [where, code] of missing(place)) {
    await root.refused('message.poll', { ...reading, ...where }, code);
  }
  const reader = { ...place, partition: 0, consumer: 9 };
  await root.refused('offset.store', { ...reader, offset: '999' }, 4100);
  await root.refused('offset.store', { ...reader, partition: 7, offset: '0' }, 3007);
  await root.refused('offset.delete', reader, 3021);
}

async function refusesSenders(root: Caller, place: Place): Promise<void> {
  const messages = [{ payload: base64('lost') }];
  for (const [{ partition = 0, ...where }, code] of missing(place)) {
    await root.refused('message.send', { ...where, to: { partition }, messages }, code);
  }
}

type Where = Place & { readonly partition?: number };

/** A stream, a topic and a partition that do not exist. */
function missing(place: Place): [Where, number][] {
  return [
    [{ ...place, stream: 'missing' }, 1009],
    [{ ...place, topic: 'missing' }, 2010],
    [{ ...place, partition: 7 }, 3007],
  ];
}

async function refusesNames(root: Caller, { stream, topic }: Place): Promise<void> {
  const [noStream, noTopic] = [{ stream: 'missing' }, { stream, topic: 'missing' }];
  await root.refused('stream.create', { name: stream }, 1012);
  await root.refused('stream.update', { ...noStream, name: 'other' }, 1009);
  await root.refused('stream.purge', noStream, 1009);
  await root.refused('stream.delete', noStream, 1009);
  await root.refused('topic.create', { stream, name: topic, partitions: 1 }, 2013);
  await root.refused('topic.create', { ...noStream, name: topic, partitions: 1 }, 1009);
  await root.refused('topic.purge', noTopic, 2010);
  await root.refused('topic.delete', noTopic, 2010);
  await root.refused('partition.create', { ...noTopic, count: 1 }, 2010);
  await root.refused('partition.delete', { stream, topic, count: 2 }, 2019);
}

async function refusesGroups(root: Caller, place: Place): Promise<void> {
  const missing = { ...place, group: 'missing' };
  await root.optional('group.create', { ...place, name: 'mail' });
  await root.refused('group.create', { ...place, name: 'mail' }, 5004);
  await root.refused('group.create', { ...place, topic: 'missing', name: 'mail' }, 2010);
  await root.refused('group.join', missing, 5000);
  await root.refused('group.delete', missing, 5000);
  await root.refused('group.leave', { ...place, group: 'mail' }, 5006);
}

async function refusesUsers(root: Caller): Promise<void> {
  const missing = { user: 'missing' };
  await root.refused('user.create', { username: 'iggy', password: 'secret' }, 46);
  await root.refused('user.create', { username: 'ab', password: 'secret' }, 43);
  await root.refused('user.create', { username: 'short', password: 'ab' }, 44);
  await root.refused('user.update', { ...missing, username: 'other' }, 20);
  await root.refused('user.delete', missing, 20);
  await root.refused('user.delete', { user: 0 }, 48);
  await root.refused('user.permissions', { user: 0, permissions: null }, 49);
  await root.refused('user.password', { user: 0, current: 'wrong', next: 'other' }, 42);
  await root.refused('token.delete', { name: 'missing' }, 20);
  await root.refused('client.get', { clientId: 0 }, 101);
}
