import assert from 'node:assert/strict';
import { createTopic } from '../../src/wire/classic/commands/create-topic.ts';
import { deleteTopic } from '../../src/wire/classic/commands/delete-topic.ts';
import { getConsumerOffset } from '../../src/wire/classic/commands/get-consumer-offset.ts';
import { getTopic } from '../../src/wire/classic/commands/get-topic.ts';
import { ping } from '../../src/wire/classic/commands/ping.ts';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import { storeConsumerOffset } from '../../src/wire/classic/commands/store-consumer-offset.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import type { TopicTarget } from '../../src/wire/classic/structures/targets.ts';
import { status } from '../../src/wire/status.ts';
import type { SeededRandom } from './random.ts';
import { decode, type RawResponse, statusOf } from './raw-client.ts';
import {
  checkedMessages,
  place,
  pollRequest,
  sendRequest,
  strategy,
  texts,
  topicRequest,
} from './topic-kit.ts';

const EXTRA = 'extra';

/** A request and what must be true of its response. */
export interface Step {
  readonly name: string;
  readonly frame: Buffer;
  readonly check: (response: RawResponse) => void;
}

/**
 * Makes random requests for one topic and knows the answer of each, given that a connection is
 * served as if one request came after the other.
 */
export class PipelineModel {
  readonly #random: SeededRandom;
  readonly #place: TopicTarget;
  readonly #partitions: string[][];
  readonly #stored: (number | undefined)[];
  #hasExtra = false;
  #sent = 0;

  constructor(random: SeededRandom, partitionsCount: number, where: TopicTarget = place) {
    this.#random = random;
    this.#place = where;
    this.#partitions = Array.from({ length: partitionsCount }, () => []);
    this.#stored = Array.from({ length: partitionsCount }, () => undefined);
  }

  steps(count: number): Step[] {
    return Array.from({ length: count }, () => this.#step());
  }

  #step(): Step {
    const partition = this.#random.integer(0, this.#partitions.length - 1);
    const dice = this.#random.next();
    if (dice < 0.45) return this.#send(partition);
    if (dice < 0.75) return this.#poll(partition);
    if (dice < 0.8) return this.#store(partition);
    if (dice < 0.85) return this.#getOffset(partition);
    if (dice < 0.9) return this.#getTopic();
    if (dice < 0.93) return this.#createOrDelete();
    return this.#refused();
  }

  #send(partition: number): Step {
    const batch: string[] = [];
    for (let left = this.#random.integer(1, 5); left > 0; left--) {
      this.#sent++;
      batch.push(`${this.#sent} ${'x'.repeat(this.#random.integer(0, 300))}`);
    }
    this.#partitions[partition].push(...batch);
    const request = { ...sendRequest(batch, partition), ...this.#place };
    return step('send', encodeRequest(sendMessages, request));
  }

  #poll(partition: number): Step {
    const all = this.#partitions[partition];
    const offset = this.#random.integer(0, all.length + 1);
    const count = this.#random.integer(0, 12);
    const expected = all.slice(offset, offset + count);
    const current = BigInt(Math.max(0, all.length - 1));
    const from = { ...this.#place, strategy: strategy('offset', offset), count };
    const request = pollRequest({ ...from, partitionId: partition });
    return step('poll', encodeRequest(pollMessages, request), (response) => {
      const polled = decode(pollMessages, response);
      assert.deepEqual(texts(checkedMessages(polled)), expected);
      assert.deepEqual([polled.partitionId, polled.currentOffset], [partition, current]);
    });
  }

  #store(partition: number): Step {
    const length = this.#partitions[partition].length;
    const offset = this.#random.integer(0, length);
    const target = pollRequest({ ...this.#place, partitionId: partition });
    const request = { ...target, offset: BigInt(offset) };
    const isValid = offset < length;
    if (isValid) this.#stored[partition] = offset;
    const expected = isValid ? 0 : status.InvalidOffset;
    return refusal('store', encodeRequest(storeConsumerOffset, request), expected);
  }

  #getOffset(partition: number): Step {
    const request = pollRequest({ ...this.#place, partitionId: partition });
    const expected = this.#stored[partition];
    return step('offset', encodeRequest(getConsumerOffset, request), (response) => {
      const offset = decode(getConsumerOffset, response)?.storedOffset;
      assert.equal(offset, expected === undefined ? undefined : BigInt(expected));
    });
  }

  /** Waits for everything in front of it: its counters are exact. */
  #getTopic(): Step {
    const lengths = this.#partitions.map((messages) => BigInt(messages.length));
    return step('topic', encodeRequest(getTopic, this.#place), (response) => {
      const topic = decode(getTopic, response);
      assert.deepEqual(
        topic?.partitions.map(({ messagesCount }) => messagesCount),
        lengths,
      );
    });
  }

  /**
   * A second topic, created and deleted by turns. It is inside of the stream, because a stream
   * might get the number of one that somebody else deleted and goes on naming by that number.
   */
  #createOrDelete(): Step {
    const { streamId } = this.#place;
    this.#hasExtra = !this.#hasExtra;
    if (!this.#hasExtra) {
      return step('delete', encodeRequest(deleteTopic, { streamId, topicId: EXTRA }));
    }
    return step('create', encodeRequest(createTopic, topicRequest(streamId, EXTRA)), (response) => {
      assert.equal(decode(createTopic, response).name, EXTRA);
    });
  }

  #refused(): Step {
    const kind = this.#random.integer(0, 3);
    const nowhere = { ...sendRequest(['x'], 0), ...this.#place, topicId: 'none' };
    if (kind === 0) return refusal('length 0', Buffer.alloc(8), status.InvalidCommand);
    if (kind === 1) return refusal('no code', frameOf(999), status.InvalidCommand);
    if (kind === 2) return step('ping', encodeRequest(ping, undefined));
    return refusal('nowhere', encodeRequest(sendMessages, nowhere), status.TopicIdNotFound);
  }
}

/** A step whose answer is a success without a payload, or whatever the check says. */
export function step(name: string, frame: Buffer, check?: Step['check']): Step {
  const isEmptyOk = (response: RawResponse) =>
    assert.deepEqual(response, { status: 0, payload: Buffer.alloc(0) });
  return { name, frame: Buffer.from(frame), check: check ?? isEmptyOk };
}

/** A step whose answer is a status and nothing else. */
export function refusal(name: string, frame: Buffer, expected: number): Step {
  return step(name, frame, (response) => {
    assert.equal(statusOf(response), expected);
    assert.equal(response.payload.byteLength, 0);
  });
}

/** Checks responses against the steps that they answer. */
export function checkAll(steps: readonly Step[], responses: readonly RawResponse[]): void {
  assert.equal(responses.length, steps.length);
  for (const [index, { name, check }] of steps.entries()) {
    try {
      check(responses[index]);
    } catch (error) {
      throw new Error(`Request ${index}, ${name}: ${(error as Error).message}`, { cause: error });
    }
  }
}

function frameOf(code: number): Buffer {
  const frame = Buffer.alloc(8);
  frame.writeUInt32LE(4, 0);
  frame.writeUInt32LE(code, 4);
  return frame;
}
