import assert from 'node:assert/strict';
import type { Caller } from '../suite/caller.ts';
import type { Scenario } from '../suite/scenario.ts';
import type { Scene } from '../suite/scene.ts';
import { createTopic, sendNumbers } from './stock.ts';
import { isPositive, numbers } from './texts.ts';

const NAME_BYTES_MAX = 255;
const SIGNED_BYTE_MAX = 127;

/** Streams from their creation to their end. */
export const streams: Scenario = {
  title: 'streams',
  async run(scene) {
    const root = await scene.open('root');
    const name = `${scene.name}-é λ`;
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
    const renamed = scene.name.padEnd(SIGNED_BYTE_MAX, 'n');
    if ((await root.optional('stream.update', { stream: id, name: renamed })) !== undefined) {
      assert.equal(await root.call('stream.get', { stream: name }), null);
      scene.shows('stream', await root.call('stream.get', { stream: renamed }), { id });
      await takesLongName(scene, root, id);
    }
    if ((await root.optional('stream.delete', { stream: id })) !== undefined) {
      assert.equal(await root.call('stream.get', { stream: id }), null);
      await root.refused('stream.delete', { stream: id }, 1009);
    }
  },
};

/** Names have up to 255 bytes, but some client takes the length for a signed byte. */
async function takesLongName(scene: Scene, root: Caller, stream: number): Promise<void> {
  const name = scene.name.padEnd(NAME_BYTES_MAX, 'n');
  await root.call('stream.update', { stream, name });
  const found = await (await scene.helper()).call('stream.get', { stream: name });
  assert.equal(found?.id, stream);
  const shown = await root.call('stream.get', { stream: name });
  if (shown === null) scene.quirk(`finds no names of more than ${SIGNED_BYTE_MAX} bytes`);
  else scene.shows('stream', shown, { id: stream, name });
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
