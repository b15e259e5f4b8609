import assert from 'node:assert/strict';
import { type Caller, Refusal } from '../suite/caller.ts';
import type { Stream } from '../suite/operations.ts';
import type { Scenario } from '../suite/scenario.ts';
import type { Scene } from '../suite/scene.ts';
import { createTopic, sendNumbers } from './stock.ts';
import { isPositive, numbers } from './texts.ts';

/** Names that some client is known to stumble over. */
const strangeNames = [
  ['names with letters beyond ASCII', (name: string) => `${name}-é λ`],
  ['names of 255 bytes', (name: string) => name.padEnd(255, 'n')],
] as const;

/** Streams from their creation to their end. */
export const streams: Scenario = {
  title: 'streams',
  async run(scene) {
    const root = await scene.open('root');
    const { name } = scene;
    const created = await root.call('stream.create', { name });
    const empty = { topicsCount: 0, sizeBytes: '0', messagesCount: '0' };
    scene.shows('stream', created, { name, createdAt: isPositive, ...empty });
    await root.refused('stream.create', { name }, 1012);
    const found = await root.call('stream.get', { stream: name });
    scene.shows('stream', found, { name, ...empty, topics: [] });
    const { id } = found!;
    scene.shows('stream', await root.call('stream.get', { stream: id }), { id, name });
    const listed = await root.optional('stream.list', {});
    if (listed) scene.shows('stream', listed.find((item) => item.id === id)!, { name, ...empty });
    for (const [kind, change] of strangeNames) await rename(scene, root, id, change(name), kind);
    if ((await root.optional('stream.delete', { stream: id })) !== undefined) {
      assert.equal(await root.call('stream.get', { stream: id }), null);
      await root.refused('stream.delete', { stream: id }, 1009);
    }
  },
};

async function rename(
  scene: Scene,
  root: Caller,
  id: number,
  name: string,
  kind: string,
): Promise<void> {
  if ((await root.optional('stream.update', { stream: id, name })) === undefined) return;
  assert.equal(await root.call('stream.get', { stream: scene.name }), null);
  const renamed = await (await scene.helper()).call('stream.get', { stream: name });
  scene.shows('stream', renamed, { id, name });
  const found = await foundByName(root, name);
  if (found === null) scene.quirk(`finds nothing by ${kind}`);
  else scene.shows('stream', found, { id, name });
}

/** Null also for an answer that the client cannot read. */
async function foundByName(root: Caller, stream: string): Promise<Stream | null> {
  try {
    return await root.call('stream.get', { stream });
  } catch (error) {
    if (error instanceof Refusal && error.code === 0) return null;
    throw error;
  }
}

/** A stream is emptied, its topics stay. */
export const purgedStream: Scenario = {
  title: 'purge of a stream',
  async run(scene) {
    const root = await scene.open('root');
    const place = await createTopic(scene, root, 2);
    await sendNumbers(scene, root, place, 0, numbers(0, 10));
    await sendNumbers(scene, root, place, 1, numbers(10, 5));
    const { stream } = place;
    const filled = await root.call('stream.get', { stream });
    scene.shows('stream', filled, { messagesCount: '15', sizeBytes: isPositive, topicsCount: 1 });
    await root.call('stream.purge', { stream });
    const empty = await root.call('stream.get', { stream });
    scene.shows('stream', empty, { messagesCount: '0', sizeBytes: '0', topicsCount: 1 });
  },
};
