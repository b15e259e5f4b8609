import type { ResolvedOptions } from '../client/connect-options.ts';
import { joinConsumerGroup } from '../wire/classic/commands/join-consumer-group.ts';
import {
  polledCountOffset,
  polledHeadBytes,
  pollMessages,
} from '../wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../wire/classic/commands/send-messages.ts';
import { messageOffset, messageOriginTimestampOffset } from '../wire/classic/messages.ts';
import { messageHeaderBytes } from '../wire/limits.ts';
import { type Driver, nothingPolled, type PolledBatch } from './driver.ts';
import { PollFrame, prepareFrames, type SendFrame } from './frames.ts';
import { openRequests } from './open-requests.ts';
import { type RequestConnection, requestOn } from './request-connection.ts';
import type { Workplace } from './workplace.ts';

const WORD = 2 ** 32;

/** Sends prepared frames and reads the heads of the answers: next to no work for a message. */
export class FrameDriver implements Driver {
  readonly #connection: RequestConnection;
  readonly #workplace: Workplace;
  readonly #frames: readonly SendFrame[];
  readonly #poll: PollFrame;
  #turn = 0;
  #offset: number;

  private constructor(connection: RequestConnection, workplace: Workplace) {
    const { actor, shape, stock, startOffset } = workplace;
    this.#connection = connection;
    this.#workplace = workplace;
    this.#frames = actor.sendBudget === null ? [] : prepareFrames(actor, shape, stock, Math.random);
    this.#poll = new PollFrame(
      {
        consumer:
          actor.group === null
            ? { kind: 'consumer', id: actor.id }
            : { kind: 'group', id: actor.group },
        streamId: actor.stream,
        topicId: actor.topic,
        partitionId: actor.partition,
      },
      actor.group === null,
    );
    this.#offset = startOffset;
    if (workplace.readsTwice) this.#poll.autoCommit = false;
  }

  static async open(options: ResolvedOptions, workplace: Workplace): Promise<FrameDriver> {
    const connection = await openRequests(options, workplace.sendsJson);
    const { stream, topic, group } = workplace.actor;
    if (group !== null) {
      const request = { streamId: stream, topicId: topic, groupId: group };
      await requestOn(connection, joinConsumerGroup, request);
    }
    return new FrameDriver(connection, workplace);
  }

  nextBatch(): SendFrame {
    return this.#frames[this.#turn];
  }

  send(): Promise<void> {
    const frame = this.nextBatch();
    this.#turn = (this.#turn + 1) % this.#frames.length;
    const { clock, stampsMessages } = this.#workplace;
    if (stampsMessages) frame.stamp(clock.epochMicros());
    return this.#connection.send(sendMessages.name, frame.bytes, nothing);
  }

  poll(count = this.#workplace.drawCount()): Promise<PolledBatch> {
    const frame = this.#poll;
    frame.count = count;
    if (this.#workplace.actor.group === null) frame.offset = this.#offset;
    return this.#connection.send(pollMessages.name, frame.bytes, (head, length) =>
      this.#read(head, length),
    );
  }

  rewind(): Promise<void> {
    this.#offset = this.#workplace.startOffset;
    if (this.#workplace.actor.group !== null) this.#poll.autoCommit = true;
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#connection.close();
    return Promise.resolve();
  }

  /** Counts by lengths alone: user headers, where there are any, count as payload. */
  #read(head: Buffer, length: number): PolledBatch {
    const messages = head.readUInt32LE(polledCountOffset);
    if (messages === 0) return nothingPolled;
    this.#offset = messageOffset(head, polledHeadBytes) + messages;
    const totalBytes = length - polledHeadBytes;
    return {
      messages,
      totalBytes,
      payloadBytes: totalBytes - messages * messageHeaderBytes,
      originMicros: readNumber(head, polledHeadBytes + messageOriginTimestampOffset),
    };
  }
}

function nothing(): void {}

function readNumber(bytes: Buffer, place: number): number {
  return bytes.readUInt32LE(place) + bytes.readUInt32LE(place + 4) * WORD;
}
