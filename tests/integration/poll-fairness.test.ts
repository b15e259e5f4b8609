import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopic } from '../../src/wire/classic/commands/create-topic.ts';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { STATUS_OK } from '../../src/wire/status.ts';
import { startBroker } from '../support/broker.ts';
import { eventually } from '../support/eventually.ts';
import { decode, RawClient } from '../support/raw-client.ts';
import {
  checkedMessages,
  createPlace,
  place,
  pollFrame,
  pollRequest,
  sendRequest,
  strategy,
  texts,
  topicRequest,
} from '../support/topic-kit.ts';

const CONSUMERS = 8;
const PIPELINED = 16;
const MESSAGES = 1000;
const PAYLOAD = Buffer.alloc(1000, 1);
const SMALL_POLLS = 20;

test('small polls are answered while many consumers pipeline large ones', async () => {
  await using broker = await startBroker({ threads: 1 });
  await using client = await RawClient.login(broker);
  await createPlace(client);
  await client.call(sendMessages, sendRequest(Array.from({ length: MESSAGES }, () => PAYLOAD)));
  const small = { ...place, topicId: 'small' };
  await client.call(createTopic, topicRequest(place.streamId, small.topicId));
  await client.call(sendMessages, { ...sendRequest(['one', 'two']), ...small });

  const consumers = await Promise.all(
    Array.from({ length: CONSUMERS }, () => RawClient.login(broker)),
  );
  let answered = 0;
  let isOver = false;
  const large = pollFrame(0, 0, MESSAGES);
  const all = consumers.map(async (consumer) => {
    consumer.socket.write(Buffer.concat(Array.from({ length: PIPELINED }, () => large)));
    for (let waiting = PIPELINED; waiting > 0; waiting--) {
      assert.equal((await consumer.next()).status, STATUS_OK);
      answered++;
      if (isOver) continue;
      consumer.socket.write(large);
      waiting++;
    }
  });
  await eventually('every consumer is being served', () => answered >= CONSUMERS);
  for (let poll = 0; poll < SMALL_POLLS; poll++) {
    const request = {
      ...pollRequest({ strategy: strategy('offset', poll % 2), count: 1 }),
      ...small,
    };
    const response = await client.request(pollMessages, request);
    const [text] = texts(checkedMessages(decode(pollMessages, response)));
    assert.equal(text, ['one', 'two'][poll % 2]);
  }
  isOver = true;
  await Promise.all(all);
  for (const consumer of consumers) consumer.destroy();
});
