import assert from 'node:assert/strict';
import { test } from 'node:test';
import { permissionEntriesMax } from '../../limits.ts';
import { Reader } from '../../reader.ts';
import { status } from '../../status.ts';
import { Writer } from '../../writer.ts';
import {
  flagSet,
  globalFlags,
  type Permissions,
  readOptPermissions,
  streamFlags,
  topicFlags,
  writeOptPermissions,
} from './permissions.ts';

const GLOBAL = '00000000000100000100';

function read(hex: string): Permissions | null {
  return readOptPermissions(new Reader(Buffer.from(hex, 'hex')));
}

/** A block behind its flag and length. */
function framed(block: string, length = block.length / 2): string {
  const prefix = Buffer.alloc(5, 1);
  prefix.writeUInt32LE(length, 1);
  return prefix.toString('hex') + block;
}

test('only a flag of exactly 1 announces permissions', () => {
  assert.equal(read('00'), null);
  assert.equal(read('02'), null);
  assert.equal(read(framed(`${GLOBAL}00`))?.global.pollMessages, true);
});

test('a length other than that of the permissions is status 4, one that is cut off 3', () => {
  const code = (expected: number) => ({ code: expected });
  assert.throws(() => read(framed(`${GLOBAL}0000`)), code(status.InvalidFormat));
  assert.throws(() => read(framed(`${GLOBAL}00`, 10)), code(status.InvalidFormat));
  assert.throws(() => read(framed(`${GLOBAL}00`, 12)), code(status.InvalidCommand));
  assert.throws(() => read(framed(GLOBAL.slice(2))), code(status.InvalidCommand));
});

test('the flag behind the last entry may be missing, as from the client for Node.js', () => {
  const stream = '07000000000000000101';
  const alone = read(framed(`${GLOBAL}01${stream}00`));
  assert.deepEqual(alone, read(framed(`${GLOBAL}01${stream}0000`)));
  assert.equal(alone?.streams[0].sendMessages, true);
  const topic = `${stream}010900000000000100`;
  const nested = read(framed(`${GLOBAL}01${topic}`));
  assert.deepEqual(nested, read(framed(`${GLOBAL}01${topic}0000`)));
  assert.equal(nested?.streams[0].topics[0].topicId, 9);
});

test('permissions with more entries than the limit are status 4', () => {
  const stream = flagSet(streamFlags, () => true);
  const topics = Array.from({ length: permissionEntriesMax - 1 }, (_, topicId) => ({
    topicId,
    ...flagSet(topicFlags, () => true),
  }));
  const permissions = {
    global: flagSet(globalFlags, () => false),
    streams: [{ streamId: 0, ...stream, topics }],
  };
  const writer = new Writer();
  writeOptPermissions(writer, permissions);
  assert.deepEqual(readOptPermissions(new Reader(writer.finish())), permissions);
  const second = { streamId: 1, ...stream, topics: [] };
  const larger = new Writer();
  writeOptPermissions(larger, { ...permissions, streams: [...permissions.streams, second] });
  assert.throws(() => readOptPermissions(new Reader(larger.finish())), {
    code: status.InvalidFormat,
  });
});
