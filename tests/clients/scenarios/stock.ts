import type { Caller } from '../suite/caller.ts';
import type { Header, Identifier, Polled, PollStart } from '../suite/operations.ts';
import type { Scene } from '../suite/scene.ts';
import { base64, numbers, textOf } from './texts.ts';

/** A topic of a scene. */
export interface Place {
  readonly stream: string;
  readonly topic: string;
}

/** Creates a stream with one topic, named after the scene. */
export async function createTopic(
  scene: Scene,
  caller: Caller,
  partitions: number,
  label = 'events',
): Promise<Place> {
  const stream = `${scene.name}-${label}`;
  await scene.arrange(caller, 'stream.create', { name: stream });
  await scene.arrange(caller, 'topic.create', { stream, name: label, partitions });
  return { stream, topic: label };
}

/** Sends one batch of messages whose payloads are the numbers. */
export async function sendNumbers(
  scene: Scene,
  caller: Caller,
  place: Place,
  partition: number,
  sent: readonly number[],
): Promise<void> {
  const messages = sent.map((number) => ({ payload: base64(String(number)) }));
  await scene.arrange(caller, 'message.send', { ...place, to: { partition }, messages });
}

/** The numbers that were polled. */
export function numbersOf({ messages }: Polled): number[] {
  return messages.map(({ payload }) => Number(textOf(payload)));
}

/** The offsets that were polled. */
export function offsetsOf({ messages }: Polled): number[] {
  return messages.map(({ offset }) => Number(offset));
}

/** One poll of partition 0, or of another one. */
export interface Request {
  /** Default: 0, the only one that every client can be. */
  readonly consumer?: Identifier;
  readonly from: PollStart;
  readonly count?: number;
  readonly partition?: number;
  readonly autoCommit?: boolean;
}

/** Polls one partition. */
export function poll(caller: Caller, place: Place, request: Request): Promise<Polled> {
  const defaults = { consumer: 0, count: 10, partition: 0, autoCommit: false };
  return caller.call('message.poll', { ...place, ...defaults, ...request });
}

/** Polls one partition for the numbers of its messages, from the first on. */
export async function allNumbers(
  caller: Caller,
  place: Place,
  partition: number,
): Promise<number[]> {
  return numbersOf(await poll(caller, place, { from: 'first', count: 1000, partition }));
}

/** A topic with the numbers from 0 on in partition 0. */
export async function createStock(scene: Scene, caller: Caller, count: number): Promise<Place> {
  const place = await createTopic(scene, caller, 1);
  await sendNumbers(scene, caller, place, 0, numbers(0, count));
  return place;
}

/** User headers in an order of their own: some clients keep them in a hash table. */
export function sortedByKey(headers: readonly Header[]): Header[] {
  return headers.toSorted((left, right) => (left.key < right.key ? -1 : 1));
}
