import type { Client } from '../../../src/client/client.ts';
import type { ReceivedMessage } from '../../../src/client/received-message.ts';
import type { Message, Placement, PollStart } from '../../../src/client/types.ts';
import type { TypedHeaderValue } from '../../../src/wire/classic/user-headers.ts';
import type * as given from '../suite/operations.ts';

export function sendMessages(client: Client, args: given.Arguments<'message.send'>): Promise<void> {
  const { stream, topic, to, messages } = args;
  return client.messages.send(stream, topic, messages.map(messageOf), placementOf(to));
}

function placementOf(target: given.Target): Placement {
  if (target === 'balanced') return {};
  return 'key' in target ? { key: Buffer.from(target.key, 'base64') } : target;
}

function messageOf({ id, payload, headers }: given.OutgoingMessage): Message {
  return {
    payload: Buffer.from(payload, 'base64'),
    id: id === undefined ? undefined : BigInt(id),
    headers: headers?.map((header) => [header.key, plainValue(header)] as const),
  };
}

function plainValue({ kind, value }: given.Header): TypedHeaderValue {
  if (typeof value === 'boolean' || kind === 'string') return { kind, value };
  if (kind === 'raw') return { kind, value: Buffer.from(value, 'base64') };
  return {
    kind,
    value: /(64|128)$/.test(kind) && kind !== 'float64' ? BigInt(value) : Number(value),
  };
}

export async function pollMessages(
  client: Client,
  args: given.Arguments<'message.poll'>,
): Promise<object> {
  const { stream, topic, from, ...options } = args;
  const polled = await client.messages.poll(stream, topic, { ...options, strategy: startOf(from) });
  const { partitionId: partition, currentOffset, messages } = polled;
  return { partition, currentOffset, messages: messages.map(shown) };
}

function startOf(from: given.PollStart): PollStart {
  if (typeof from === 'string') return from;
  if ('offset' in from) return { offset: BigInt(from.offset) };
  return { timestamp: BigInt(from.timestamp) };
}

function shown(message: ReceivedMessage): object {
  const { offset, id, timestamp, originTimestamp, checksum } = message;
  const payload = message.payload.toString('base64');
  const headers = [...message.headers].map(([key, value]) => ({ key, value: textOf(value) }));
  return { offset, id, timestamp, originTimestamp, checksum, payload, headers };
}

/** The client shows values by their types and not by their kinds. */
function textOf(value: string | boolean | number | bigint | Uint8Array): string | boolean {
  if (typeof value === 'boolean') return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value);
}
