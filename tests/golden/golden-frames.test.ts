import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Codec } from '../../src/wire/classic/codec.ts';
import type { PolledMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { codecs } from '../../src/wire/classic/commands.ts';
import { encodeError, encodeRequest, encodeResponse } from '../../src/wire/classic/frame.ts';
import { decodeMessages, type StoredMessage } from '../../src/wire/classic/messages.ts';
import { decodeUserHeaders, encodeUserHeaders } from '../../src/wire/classic/user-headers.ts';
import { requestHeaderBytes, responseHeaderBytes } from '../../src/wire/limits.ts';
import { Reader } from '../../src/wire/reader.ts';
import { fieldsOf } from './fields.ts';
import { type GoldenFrame, goldenFrames } from './frames.ts';

/** Commands of the golden file by the names of their codecs. */
const codecNames: Readonly<Record<string, string>> = {
  ping: 'ping',
  get_stats: 'stats',
  get_snapshot_file: 'snapshot',
  get_cluster_metadata: 'cluster.metadata',
  get_me: 'me',
  get_client: 'client.get',
  get_clients: 'client.list',
  get_user: 'user.get',
  get_users: 'user.list',
  create_user: 'user.create',
  update_user: 'user.update',
  update_permissions: 'user.permissions',
  change_password: 'user.password',
  get_personal_access_tokens: 'personal_access_token.list',
  create_personal_access_token: 'personal_access_token.create',
  delete_personal_access_token: 'personal_access_token.delete',
  login_with_personal_access_token: 'personal_access_token.login',
  login_user: 'user.login',
  logout_user: 'user.logout',
  poll_messages: 'message.poll',
  send_messages: 'message.send',
  flush_unsaved_buffer: 'message.flush_unsaved_buffer',
  get_consumer_offset: 'consumer_offset.get',
  store_consumer_offset: 'consumer_offset.store',
  delete_consumer_offset: 'consumer_offset.delete',
  get_stream: 'stream.get',
  get_streams: 'stream.list',
  create_stream: 'stream.create',
  update_stream: 'stream.update',
  purge_stream: 'stream.purge',
  get_topic: 'topic.get',
  create_topic: 'topic.create',
  update_topic: 'topic.update',
  create_partitions: 'partition.create',
  delete_partitions: 'partition.delete',
  delete_segments: 'segment.delete',
  get_consumer_group: 'consumer_group.get',
  get_consumer_groups: 'consumer_group.list',
  create_consumer_group: 'consumer_group.create',
  delete_consumer_group: 'consumer_group.delete',
  join_consumer_group: 'consumer_group.join',
  leave_consumer_group: 'consumer_group.leave',
};

function codecOf(frame: GoldenFrame): Codec<unknown, unknown> | undefined {
  return codecs.find(({ name }) => name === codecNames[frame.command]);
}

/** The status of a frame without a payload to decode: any error, and the bare success. */
function statusOf(frame: GoldenFrame): number | undefined {
  if (frame.direction === 'request') return undefined;
  const code = Buffer.from(frame.hex, 'hex').readUInt32LE(0);
  return code !== 0 || frame.command === 'any' ? code : undefined;
}

/** Golden fields are a part of what a response carries; nested ones likewise, but for notes. */
function assertHolds(actual: unknown, expected: unknown, path: string): void {
  if (typeof expected !== 'object' || expected === null) {
    assert.deepStrictEqual(actual, expected, path);
    return;
  }
  if (Array.isArray(expected)) assert.equal((actual as unknown[]).length, expected.length, path);
  for (const [key, value] of Object.entries(expected).filter(([key]) => key !== 'note')) {
    assertHolds((actual as Record<string, unknown>)[key], value, `${path}.${key}`);
  }
}

test('only the frames of commands without a codec are left out', () => {
  assert.equal(goldenFrames.length, 64);
  const leftOut = goldenFrames.filter(
    (frame) => statusOf(frame) === undefined && codecOf(frame) === undefined,
  );
  assert.deepEqual(leftOut, []);
});

for (const frame of goldenFrames) {
  const bytes = Buffer.from(frame.hex, 'hex');
  const code = statusOf(frame);
  const codec = codecOf(frame);
  if (code !== undefined) {
    test(`${frame.name} is the frame of status ${code}`, () => {
      assert.equal(encodeError(code).toString('hex'), frame.hex);
    });
  } else if (codec !== undefined && frame.direction === 'request') {
    test(`${frame.name} decodes to its fields and encodes to its bytes`, () => {
      assert.equal(bytes.readUInt32LE(4), codec.code);
      const request = codec.readRequest(new Reader(bytes, requestHeaderBytes));
      const { trailing = '', ...fields } = frame.fields as { trailing?: string };
      assert.deepStrictEqual(fieldsOf(request, frame.command), fields);
      const encoded = encodeRequest(codec, request);
      encoded.writeUInt32LE(encoded.readUInt32LE(0) + trailing.length / 2, 0);
      assert.equal(encoded.toString('hex') + trailing, frame.hex);
    });
  } else if (codec !== undefined) {
    test(`${frame.name} decodes to its fields and encodes to its bytes`, () => {
      const response = codec.readResponse(new Reader(bytes, responseHeaderBytes));
      assertHolds(fieldsOf(response, frame.command), frame.fields, frame.name);
      assert.equal(encodeResponse(codec, response).toString('hex'), frame.hex);
    });
  }
}

test('the headers of the golden messages decode and encode', () => {
  const polled = messagesOf('poll_messages_two.res')[1];
  const headers = decodeUserHeaders(polled.userHeaders);
  assert.deepStrictEqual(headers, [
    { key: { kind: 'string', value: 'k' }, value: { kind: 'string', value: 'v' } },
    { key: { kind: 'string', value: 'n' }, value: { kind: 'uint32', value: 42 } },
  ]);
  const encoded = encodeUserHeaders(headers.map(({ key, value }) => [key, value]));
  assert.deepEqual(encoded, polled.userHeaders);
});

function messagesOf(frameName: string): StoredMessage[] {
  const frame = goldenFrames.find(({ name }) => name === frameName)!;
  const reader = new Reader(Buffer.from(frame.hex, 'hex'), responseHeaderBytes);
  const polled = codecOf(frame)!.readResponse(reader) as PolledMessages;
  return decodeMessages(polled.frames, polled.messagesCount);
}
