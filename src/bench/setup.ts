import type { Client } from '../client/client.ts';
import { VeltroError } from '../client/errors.ts';
import type { TopicDetails } from '../client/types.ts';
import { UNLIMITED } from '../wire/classic/structures/topic.ts';
import { status } from '../wire/status.ts';
import { BenchError } from './bench-error.ts';
import { kindOf, writes } from './kinds.ts';
import type { GroupPlan, Plan } from './plan.ts';

/** How topics are made. */
export interface TopicOptions {
  readonly maxSizeBytes?: bigint;
  readonly messageExpiryMicros?: bigint;
}

/** The offset behind the newest message of each partition, by stream and partition. */
export type Ends = ReadonlyMap<string, readonly number[]>;

/**
 * Makes the streams, topics and groups of a run, or looks for them where a run only reads. Answers
 * where each partition ends. Status 1009 or 2010 for what is missing.
 */
export async function setUp(client: Client, plan: Plan, topic: TopicOptions): Promise<Ends> {
  const isWriting = writes(kindOf(plan.options.kind));
  const ends = new Map<string, number[]>();
  if (isWriting && !plan.options.reusesStreams) await deleteOwnStreams(client, plan);
  for (const stream of plan.streams) {
    if (isWriting) await makeTopic(client, plan, stream, topic);
    const found = await findTopic(client, stream, plan.topic);
    if (!isWriting) requireMessages(found, stream);
    const { partitions } = found;
    ends.set(
      stream,
      partitions.map((partition) =>
        partition.messagesCount === 0n ? 0 : Number(partition.currentOffset) + 1,
      ),
    );
  }
  for (const group of plan.groups) await makeGroup(client, plan, group, ends);
  return ends;
}

async function deleteOwnStreams(client: Client, { options }: Plan): Promise<void> {
  for (const { id, name } of await client.streams.list()) {
    if (options.names.isOwnStream(name)) await client.streams.delete(id);
  }
}

async function makeTopic(
  client: Client,
  { topic, counts }: Plan,
  stream: string,
  settings: TopicOptions,
): Promise<void> {
  if ((await client.streams.get(stream)) === null) await client.streams.create(stream);
  const present = await client.topics.get(stream, topic);
  if (present === null) {
    const { partitions } = counts;
    const { maxSizeBytes = UNLIMITED, messageExpiryMicros = UNLIMITED } = settings;
    const limits = { maxSizeBytes, messageExpiryMicros };
    await client.topics.create(stream, topic, { partitions, ...limits });
  } else if (present.partitionsCount < counts.partitions) {
    throw new BenchError(
      `The topic ${topic} of ${stream} has ${present.partitionsCount} partitions, ` +
        `but ${counts.partitions} are needed.`,
    );
  }
}

async function findTopic(client: Client, stream: string, topic: string): Promise<TopicDetails> {
  const found = await client.topics.get(stream, topic);
  if (found !== null) return found;
  const hint = 'run a benchmark that writes first';
  if ((await client.streams.get(stream)) === null) {
    const message = `The stream ${stream} was not found; ${hint}.`;
    throw new VeltroError(status.StreamIdNotFound, message);
  }
  const message = `The topic ${topic} of ${stream} was not found; ${hint}.`;
  throw new VeltroError(status.TopicIdNotFound, message);
}

function requireMessages({ messagesCount, name }: TopicDetails, stream: string): void {
  if (messagesCount > 0n) return;
  throw new BenchError(`The topic ${name} of ${stream} holds no messages to read.`);
}

/** A group of an earlier run has read everything, so it is made anew. */
async function makeGroup(
  client: Client,
  { topic, options }: Plan,
  { stream, name }: GroupPlan,
  ends: Ends,
): Promise<void> {
  if ((await client.groups.get(stream, topic, name)) !== null) {
    await client.groups.delete(stream, topic, name);
  }
  await client.groups.create(stream, topic, name);
  if (!writes(kindOf(options.kind))) return;
  for (const [partition, end] of ends.get(stream)!.entries()) {
    const offset = BigInt(end - 1);
    if (end > 0) await client.offsets.store(stream, topic, { group: name, partition, offset });
  }
}
