import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createStream } from '../../src/wire/classic/commands/create-stream.ts';
import { getMe } from '../../src/wire/classic/commands/get-me.ts';
import { getStream } from '../../src/wire/classic/commands/get-stream.ts';
import { getStreams } from '../../src/wire/classic/commands/get-streams.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { ping } from '../../src/wire/classic/commands/ping.ts';
import { codecs, codecsByCode } from '../../src/wire/classic/commands.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { status } from '../../src/wire/status.ts';
import { startBroker } from '../support/broker.ts';
import { RawClient, rootLogin, statusOf } from '../support/raw-client.ts';
import { sendFrame } from '../support/topic-kit.ts';
import { requestsByCode } from '../support/wire-arbitraries.ts';

/** Every command of the protocol (section 2.1). */
const protocolCodes = [
  ...[1, 10, 11, 12, 20, 21, 22, 31, 32, 33, 34, 35, 36, 37, 38, 39, 41, 42, 43, 44],
  ...[100, 101, 102, 120, 121, 122, 200, 201, 202, 203, 204, 205],
  ...[300, 301, 302, 303, 304, 305, 402, 403, 503, 600, 601, 602, 603, 604, 605],
];
const SEND_MESSAGES = 101;
const SEED = 17;

/** A frame of any code and payload; `length` may contradict them. */
function frame(code: number, payload: Uint8Array = Buffer.alloc(0), length?: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(length ?? 4 + payload.byteLength, 0);
  head.writeUInt32LE(code, 4);
  return Buffer.concat([head, payload]);
}

function ascii(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** A valid frame of each command that needs a login. */
function validFrames(): [name: string, code: number, frame: Buffer][] {
  return codecs
    .filter(({ permission }) => permission !== 'none')
    .map((codec) => {
      const [request] = fc.sample(requestsByCode.get(codec.code)!, { numRuns: 1, seed: SEED });
      return [codec.name, codec.code, Buffer.from(encodeRequest(codec, request))];
    });
}

async function assertUsable(client: RawClient): Promise<void> {
  assert.deepEqual(await client.exchange(frame(ping.code)), {
    status: 0,
    payload: Buffer.alloc(0),
  });
}

test('a ping answers eight zero bytes, before login and after', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  await assertUsable(client);
  await client.call(loginUser, rootLogin);
  await assertUsable(client);
});

test('before login every command but those that log in answers 40', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  for (const [name, , bytes] of validFrames()) {
    assert.equal(statusOf(await client.exchange(bytes)), status.Unauthenticated, name);
  }
  await assertUsable(client);
});

test('before login a malformed payload answers 3, but 40 when it is a batch', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  for (const [name, code, bytes] of validFrames()) {
    if (bytes.byteLength === 8) continue;
    const cut = frame(code, bytes.subarray(8, 9));
    const expected = code === SEND_MESSAGES ? status.Unauthenticated : status.InvalidCommand;
    assert.equal(statusOf(await client.exchange(cut)), expected, name);
  }
  await assertUsable(client);
});

test('codes that no command has answer 3, logged in or not', async () => {
  await using broker = await startBroker();
  const absent = protocolCodes.filter((code) => !codecsByCode.has(code));
  const unknown = [0, 2, 99, 999, 0x7fff_ffff, 0xffff_ffff];
  for (const client of [await RawClient.connect(broker), await RawClient.login(broker)]) {
    for (const code of [...absent, ...unknown]) {
      for (const payload of ['', 'x', 'some payload of another command']) {
        const answer = await client.exchange(frame(code, ascii(payload)));
        assert.equal(statusOf(answer), status.InvalidCommand, `code ${code}`);
      }
    }
    await assertUsable(client);
    client.destroy();
  }
});

test('values that cannot be answer 4, kinds and texts that do not exist 3', async () => {
  await using broker = await startBroker();
  const rows: [name: string, code: number, payload: string, expected: number][] = [
    ['empty name', createStream.code, '\0', status.InvalidFormat],
    ['name that is cut off', createStream.code, '\x05ab', status.InvalidCommand],
    ['name that is no UTF-8', createStream.code, '\x02\xff\xfe', status.InvalidCommand],
    ['numeric identifier of 3 bytes', getStream.code, '\x01\x03abc', status.InvalidFormat],
    ['numeric identifier of 8 bytes', getStream.code, '\x01\x08abcdefgh', status.InvalidFormat],
    ['numeric identifier cut off', getStream.code, '\x01\x04abc', status.InvalidCommand],
    ['empty text identifier', getStream.code, '\x02\0', status.InvalidFormat],
    ['text identifier cut off', getStream.code, '\x02\x04abc', status.InvalidCommand],
    ['text identifier, no UTF-8', getStream.code, '\x02\x01\x80', status.InvalidCommand],
    ['identifier kind 0', getStream.code, '\0\x04abcd', status.InvalidCommand],
    ['identifier kind 3', getStream.code, '\x03\x04abcd', status.InvalidCommand],
    ['login without a name', loginUser.code, '\0\x04iggy', status.InvalidFormat],
    ['login that ends behind the password', loginUser.code, '\x04iggy\x04iggy', 3],
  ];
  for (const client of [await RawClient.connect(broker), await RawClient.login(broker)]) {
    for (const [name, code, payload, expected] of rows) {
      assert.equal(statusOf(await client.exchange(frame(code, ascii(payload)))), expected, name);
    }
    await assertUsable(client);
    client.destroy();
  }
});

test('a length below 4 answers 3 and takes nothing but the header', async () => {
  await using broker = await startBroker();
  for (const client of [await RawClient.connect(broker), await RawClient.login(broker)]) {
    for (const code of [ping.code, SEND_MESSAGES, 999]) {
      for (const length of [0, 1, 2, 3]) {
        const answer = await client.exchange(frame(code, Buffer.alloc(0), length));
        assert.equal(statusOf(answer), status.InvalidCommand, `code ${code}, length ${length}`);
      }
    }
    await assertUsable(client);
    client.destroy();
  }
});

test('a batch without any payload answers 3 after login', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.login(broker);
  assert.equal(statusOf(await client.exchange(frame(SEND_MESSAGES))), status.InvalidCommand);
  await assertUsable(client);
});

test('bytes behind a complete payload are ignored', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const padded = (bytes: Buffer) => {
    const payload = Buffer.concat([bytes.subarray(8), Buffer.of(1, 0, 0, 0, 0)]);
    return frame(bytes.readUInt32LE(4), payload);
  };
  const login = { username: 'iggy', password: 'iggy', version: '1', context: 'c' };
  const frames = [
    encodeRequest(ping, undefined),
    encodeRequest(loginUser, login),
    encodeRequest(getMe, undefined),
    encodeRequest(createStream, { name: 'orders' }),
    encodeRequest(getStream, { streamId: 'orders' }),
    encodeRequest(getStreams, undefined),
  ];
  for (const bytes of frames) {
    const { status: code, payload } = await client.exchange(padded(bytes));
    assert.equal(code, 0, `code ${bytes.readUInt32LE(4)}`);
    const hasPayload = bytes.readUInt32LE(4) !== ping.code;
    assert.equal(payload.byteLength > 0, hasPayload);
  }
});

test('a batch before login is read to its end and answers 40', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  for (const bytes of [1, 1000, 100_000, 5_000_000]) {
    const answer = await client.exchange(sendFrame([Buffer.alloc(bytes, 0x26)]));
    assert.equal(statusOf(answer), status.Unauthenticated);
    await assertUsable(client);
  }
});

test('a frame may arrive byte by byte', async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const login = { username: 'iggy', password: 'iggy', version: 'v', context: '' };
  for (const byte of encodeRequest(loginUser, login)) await client.write(Buffer.of(byte));
  assert.equal((await client.next()).status, 0);
  for (const byte of encodeRequest(createStream, { name: 'slow' })) {
    await client.write(Buffer.of(byte));
  }
  assert.equal((await client.next()).status, 0);
  assert.equal((await client.call(getStreams, undefined))[0].name, 'slow');
});
