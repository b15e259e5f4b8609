import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { createStream } from '../../src/wire/classic/commands/create-stream.ts';
import { createTopic } from '../../src/wire/classic/commands/create-topic.ts';
import { deleteStream } from '../../src/wire/classic/commands/delete-stream.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import {
  readSendMessagesRouting,
  sendMessages,
} from '../../src/wire/classic/commands/send-messages.ts';
import { updateStream } from '../../src/wire/classic/commands/update-stream.ts';
import { codecsByCode } from '../../src/wire/classic/commands.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { requestHeaderBytes } from '../../src/wire/limits.ts';
import { Reader } from '../../src/wire/reader.ts';
import { status, statusName } from '../../src/wire/status.ts';
import { WireError } from '../../src/wire/wire-error.ts';
import { goldenRequests } from '../golden/frames.ts';
import { startBroker, type TestBroker } from '../support/broker.ts';
import { commandStatuses } from '../support/command-statuses.ts';
import { eventually } from '../support/eventually.ts';
import { SeededRandom, testSeed } from '../support/random.ts';
import { RawClient, type RawResponse, rootLogin, statusOf } from '../support/raw-client.ts';
import { SteadyTraffic } from '../support/steady-traffic.ts';
import { topicRequest } from '../support/topic-kit.ts';

// With one byte changed it renames the root user, whom the other clients of a test log in as.
const requests = goldenRequests.filter(({ name }) => name !== 'update_user.req');
const loginFrame = Buffer.from(encodeRequest(loginUser, rootLogin));

/** More than one byte of an identifier has to change before it means the steady client's stream. */
const STREAMS_IN_FRONT = 300;
const LENGTH_BYTES = 4;

/** Statuses that a frame of consistent length may be answered with, judged by its bytes alone. */
function possibleStatuses(frame: Buffer): readonly number[] {
  const code = frame.readUInt32LE(LENGTH_BYTES);
  const codec = codecsByCode.get(code);
  if (codec === undefined) return [status.InvalidCommand];
  const isSend = code === sendMessages.code;
  try {
    const reader = new Reader(frame, requestHeaderBytes);
    if (isSend) readSendMessagesRouting(new Reader(frame.subarray(requestHeaderBytes)));
    else codec.readRequest(reader);
  } catch (error) {
    assert.ok(error instanceof WireError);
    return isSend ? [error.code, status.Unauthenticated] : [error.code];
  }
  return [0, ...commandStatuses.get(code)!];
}

function assertPossible(name: string, frame: Buffer, response: RawResponse): void {
  const code = statusOf(response);
  const possible = possibleStatuses(frame);
  assert.ok(
    possible.includes(code),
    `${name}: ${code}, not in ${possible}: ${frame.toString('hex')}`,
  );
}

/** Runs something against a broker that serves somebody else well, and leaves nothing behind. */
async function beside(
  t: { diagnostic(message: string): void },
  action: (broker: TestBroker, random: SeededRandom) => Promise<void>,
): Promise<void> {
  const random = new SeededRandom(testSeed());
  t.diagnostic(`seed ${random.seed}`);
  const settings = { 'system.state.enforce_fsync': false, 'login_limit.enabled': false };
  await using broker = await startBroker({ settings });
  await using client = await RawClient.login(broker);
  await client.call(createStream, { name: 'orders' });
  await client.call(createTopic, topicRequest('orders', 'events', 3));
  for (let index = 1; index < STREAMS_IN_FRONT; index++) {
    await client.call(createStream, { name: `${index}` });
  }
  const traffic = await SteadyTraffic.start(client, new SeededRandom(random.seed), 'steady');
  try {
    await action(broker, random);
  } finally {
    await traffic.stop();
  }
  await assertNothingLeft(broker);
  assert.deepEqual(broker.errors, []);
}

async function assertNothingLeft(broker: TestBroker): Promise<void> {
  const clean = { ...broker.idle, connectionsCount: 1 };
  await eventually('nothing is left of the connections that are gone', () =>
    isDeepStrictEqual(broker.statistics, clean),
  );
}

/** Sends bytes, ends, and returns what was answered until the broker closed the connection. */
async function answersTo(
  broker: TestBroker,
  bytes: Buffer,
  isLoggedIn: boolean,
): Promise<RawResponse[]> {
  await using client = isLoggedIn ? await RawClient.login(broker) : await RawClient.connect(broker);
  client.socket.end(bytes);
  await client.closed();
  return client.received();
}

function assertWellFormed(responses: readonly RawResponse[]): void {
  for (const response of responses) {
    const code = statusOf(response);
    assert.ok(code === 0 || statusName(code) !== 'Unknown', `status ${code}`);
    assert.notEqual(code, status.Error);
  }
}

test('who deletes and renames streams by number does not meet the steady client', async (t) => {
  await beside(t, async (broker) => {
    await using client = await RawClient.login(broker);
    for (let round = 0; round < 200; round++) {
      const name = `renamed ${round}`;
      const frames = [
        encodeRequest(deleteStream, { streamId: 0 }),
        encodeRequest(updateStream, { streamId: 0, name }),
      ];
      client.socket.write(Buffer.concat(frames));
      assertWellFormed(await client.take(frames.length));
    }
  });
});

test('every byte of every golden request changed: the status fits the frame', async (t) => {
  await beside(t, async (broker) => {
    for (const { name, bytes } of requests) {
      await using client = await RawClient.login(broker);
      const sent: Buffer[] = [];
      for (let at = LENGTH_BYTES; at < bytes.byteLength; at++) {
        for (const value of [bytes[at] ^ 0xff, bytes[at] + 1, 0]) {
          const changed = Buffer.from(bytes);
          changed[at] = value;
          sent.push(changed);
        }
        sent.push(loginFrame);
      }
      client.socket.write(Buffer.concat(sent));
      const responses = await client.take(sent.length);
      for (const [index, frame] of sent.entries()) assertPossible(name, frame, responses[index]);
    }
  });
});

test('lengths that are wrong are answered or end the connection', async (t) => {
  await beside(t, async (broker) => {
    for (const { bytes } of requests) {
      const length = bytes.readUInt32LE(0);
      const wrong = [0, 1, 3, 4, 5, length - 1, length + 1, length + 100, 2 ** 16, 2 ** 24];
      for (const value of [...wrong, 10 * 2 ** 20 + 5, 2 ** 31, 2 ** 32 - 1]) {
        const changed = Buffer.from(bytes);
        changed.writeUInt32LE(value, 0);
        for (const isLoggedIn of [true, false]) {
          assertWellFormed(await answersTo(broker, Buffer.concat([changed, bytes]), isLoggedIn));
        }
      }
    }
  });
});

test('golden requests that are cut anywhere get no answer and leave nothing', async (t) => {
  await beside(t, async (broker) => {
    for (const { name, bytes } of requests) {
      const cuts = Array.from({ length: bytes.byteLength }, (_, end) => bytes.subarray(0, end));
      const answers = await Promise.all(cuts.map((cut) => answersTo(broker, cut, true)));
      assert.deepEqual(answers.flat(), [], name);
    }
  });
});

/** Some requests, a few of their bytes changed, some cut, some with rubbish between them. */
function mangled(random: SeededRandom): Buffer {
  const parts: Buffer[] = [];
  for (let left = random.integer(1, 12); left > 0; left--) {
    const bytes = Buffer.from(requests[random.integer(0, requests.length - 1)].bytes);
    for (let changes = random.integer(0, 4); changes > 0; changes--) {
      bytes[random.integer(0, bytes.byteLength - 1)] = random.integer(0, 255);
    }
    const isCut = random.next() < 0.1;
    parts.push(isCut ? bytes.subarray(0, random.integer(0, bytes.byteLength)) : bytes);
    if (random.next() < 0.1) parts.push(rubbish(random, 50));
  }
  return Buffer.concat(parts);
}

function rubbish(random: SeededRandom, bytesMax: number): Buffer {
  return Buffer.from(
    Array.from({ length: random.integer(0, bytesMax) }, () => random.integer(0, 255)),
  );
}

test('random bytes and mangled requests disturb nobody', async (t) => {
  await beside(t, async (broker, random) => {
    for (let round = 0; round < 80; round++) {
      const inputs = Array.from({ length: 8 }, (_, index) =>
        index % 4 === 0 ? rubbish(random, 3000) : mangled(random),
      );
      const answers = await Promise.all(
        inputs.map((bytes) => answersTo(broker, bytes, random.next() < 0.8)),
      );
      assertWellFormed(answers.flat());
    }
  });
});
