import type { ResolvedOptions } from '../client/connect-options.ts';
import { refusal, VeltroError } from '../client/errors.ts';
import { httpCommand, statusOf } from '../client/http-commands.ts';
import { HttpExchanges, type HttpQuestion } from '../client/http-exchanges.ts';
import {
  type PollMessagesRequest,
  polledCountOffset,
  polledHeadBytes,
  pollMessages,
} from '../wire/classic/commands/poll-messages.ts';
import { type SendMessagesRequest, sendMessages } from '../wire/classic/commands/send-messages.ts';
import {
  messageOffsetOffset,
  messageOriginTimestampOffset,
  type OutgoingMessage,
} from '../wire/classic/messages.ts';
import type { Partitioning } from '../wire/classic/structures/partitioning.ts';
import type { TopicTarget } from '../wire/classic/structures/targets.ts';
import { messageHeaderBytes, requestHeaderBytes } from '../wire/limits.ts';
import { Reader } from '../wire/reader.ts';
import { STATUS_OK } from '../wire/status.ts';
import { loggedIn, type ReadAnswer, type RequestConnection } from './request-connection.ts';

const COUNT = Buffer.from('"count":');
const OFFSET = Buffer.from('"offset":');
const ORIGIN = Buffer.from('"origin_timestamp":');
const PAYLOAD_LENGTH = Buffer.from('"payload_length":');
const ZERO = 0x30;
const NINE = 0x39;
const WORD = 2 ** 32;

/**
 * Sends frames over HTTP: their payloads as bytes, or batches and polls as JSON with base64, as
 * clients do that have no other way. Bodies of JSON are made once for each frame, and of an answer
 * is read what frames would have told.
 */
export class HttpConnection implements RequestConnection {
  readonly #exchanges: HttpExchanges;
  readonly #sendsJson: boolean;
  readonly #bodies = new Map<Buffer, HttpQuestion>();
  readonly #head = Buffer.alloc(polledHeadBytes + messageHeaderBytes);
  /** Answers are read into the same memory again and again. */
  #answer: Buffer = Buffer.alloc(0);
  #token: string | null = null;
  readonly #timeoutMs: number;

  private constructor(exchanges: HttpExchanges, timeoutMs: number, sendsJson: boolean) {
    this.#exchanges = exchanges;
    this.#timeoutMs = timeoutMs;
    this.#sendsJson = sendsJson;
  }

  static async open(options: ResolvedOptions, sendsJson: boolean): Promise<HttpConnection> {
    const exchanges = await HttpExchanges.to(options);
    return loggedIn(new HttpConnection(exchanges, options.requestTimeoutMs, sendsJson), options);
  }

  send<Value>(command: string, frame: Buffer, read: ReadAnswer<Value>): Promise<Value> {
    if (this.#sendsJson && command === sendMessages.name) return this.#sendJson(frame, read);
    if (this.#sendsJson && command === pollMessages.name) return this.#pollJson(frame, read);
    return this.#run(command, frame, read);
  }

  close(): void {
    this.#exchanges.close();
  }

  async #sendJson<Value>(frame: Buffer, read: ReadAnswer<Value>): Promise<Value> {
    await this.#ask(sendMessages.name, this.#sending(frame));
    return read(this.#head, 0);
  }

  async #pollJson<Value>(frame: Buffer, read: ReadAnswer<Value>): Promise<Value> {
    const request = pollMessages.readRequest(new Reader(payloadOf(frame)));
    const body = await this.#ask(pollMessages.name, this.#polling(request));
    return read(this.#head, readPolled(body, this.#head));
  }

  async #run<Value>(command: string, frame: Buffer, read: ReadAnswer<Value>): Promise<Value> {
    const asked = httpCommand(command, payloadOf(frame), this.#token);
    const body = await this.#ask(command, asked.question);
    if (asked.token !== undefined) this.#token = asked.token(body);
    const payload = asked.read(body);
    return read(payload, payload.byteLength);
  }

  async #ask(command: string, question: HttpQuestion): Promise<Buffer> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    const allocate = (bytes: number) => this.#memoryFor(bytes);
    const answer = await this.#exchanges.ask(question, { signal, allocate });
    const code = statusOf(command, answer);
    if (code === STATUS_OK) return answer.body;
    throw answer.body.byteLength === 0
      ? refusal(command, code)
      : new VeltroError(code, `The broker refused ${command}: ${answer.body}`);
  }

  #memoryFor(bytes: number): Buffer {
    if (this.#answer.byteLength < bytes) this.#answer = Buffer.allocUnsafeSlow(bytes);
    return this.#answer;
  }

  #sending(frame: Buffer): HttpQuestion {
    const known = this.#bodies.get(frame);
    if (known !== undefined) return known;
    const request = sendMessages.readRequest(new Reader(payloadOf(frame)));
    const body = Buffer.from(batchJson(request));
    const headers = { ...this.#headers, 'content-type': 'application/json' };
    const question = { method: 'POST', path: messagesPath(request), headers, body } as const;
    this.#bodies.set(frame, question);
    return question;
  }

  #polling(request: PollMessagesRequest): HttpQuestion {
    const { consumer, partitionId, strategy, count, autoCommit } = request;
    const query = new URLSearchParams({
      consumer_id: String(consumer.id),
      partition_id: String(partitionId ?? 0),
      kind: strategy.kind,
      value: String(strategy.value),
      count: String(count),
      auto_commit: String(autoCommit),
    });
    return { method: 'GET', path: `${messagesPath(request)}?${query}`, headers: this.#headers };
  }

  get #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#token}` };
  }
}

function payloadOf(frame: Buffer): Buffer {
  return frame.subarray(requestHeaderBytes);
}

function messagesPath({ streamId, topicId }: TopicTarget): string {
  const [stream, topic] = [streamId, topicId].map((id) => encodeURIComponent(id));
  return `/streams/${stream}/topics/${topic}/messages`;
}

/** The partitioning first, then ids and payloads, as the reference's client writes it. */
function batchJson({ partitioning, messages }: SendMessagesRequest): string {
  return JSON.stringify({
    partitioning: partitioningJson(partitioning),
    messages: messages.map(({ payload }: OutgoingMessage) => ({
      id: 0,
      payload: Buffer.from(payload).toString('base64'),
    })),
  });
}

function partitioningJson(partitioning: Partitioning): { kind: string; value: string } {
  if (partitioning.kind !== 'partition') return { kind: 'balanced', value: '' };
  const value = Buffer.alloc(4);
  value.writeUInt32LE(partitioning.partitionId);
  return { kind: 'partition_id', value: value.toString('base64') };
}

/** Writes what a frame would have told into the head; answers how long the frame would be. */
function readPolled(body: Buffer, head: Buffer): number {
  const count = numberBehind(body, COUNT, 0);
  head.writeUInt32LE(count, polledCountOffset);
  if (count === 0) return polledHeadBytes;
  writeNumber(head, polledHeadBytes + messageOffsetOffset, numberBehind(body, OFFSET, 0));
  writeNumber(head, polledHeadBytes + messageOriginTimestampOffset, numberBehind(body, ORIGIN, 0));
  let length = polledHeadBytes + count * messageHeaderBytes;
  let place = body.indexOf(PAYLOAD_LENGTH);
  while (place >= 0) {
    const bytes = numberBehind(body, PAYLOAD_LENGTH, place);
    length += bytes;
    // Base64 is longer than what it stands for, so the next header is behind so many bytes.
    place = body.indexOf(PAYLOAD_LENGTH, place + bytes);
  }
  return length;
}

function numberBehind(body: Buffer, name: Buffer, start: number): number {
  let place = body.indexOf(name, start) + name.byteLength;
  let number = 0;
  for (; body[place] >= ZERO && body[place] <= NINE; place++) {
    number = number * 10 + body[place] - ZERO;
  }
  return number;
}

function writeNumber(bytes: Buffer, place: number, number: number): void {
  bytes.writeUInt32LE(number % WORD, place);
  bytes.writeUInt32LE(Math.floor(number / WORD), place + 4);
}
