import type { OutgoingMessage } from '../wire/classic/messages.ts';
import type { Partitioning } from '../wire/classic/structures/partitioning.ts';
import { encodeUserHeaders } from '../wire/classic/user-headers.ts';
import { nameBytesMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { assertExclusive } from './checks.ts';
import { translated, VeltroError } from './errors.ts';
import type { Headers, Message, Placement } from './types.ts';

/** A message of the application as the protocol carries it; `defaultId` if it brings no id. */
export function outgoingMessage(message: Message, defaultId = 0n): OutgoingMessage {
  const { payload, headers, id = defaultId, originTimestamp = nowMicros() } = message;
  return {
    id,
    originTimestamp,
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
    userHeaders: headers === undefined ? undefined : encodedHeaders(headers),
  };
}

/** Where a batch goes; `balanced` when neither partition nor key is given. */
export function partitioningOf({ partition, key }: Placement): Partitioning {
  assertExclusive(['partition', partition], ['key', key]);
  if (partition !== undefined) return { kind: 'partition', partitionId: partition };
  if (key !== undefined) return { kind: 'key', key: keyBytes(key) };
  return { kind: 'balanced' };
}

function keyBytes(key: string | Uint8Array): Uint8Array {
  const bytes = typeof key === 'string' ? Buffer.from(key) : key;
  if (bytes.byteLength < 1 || bytes.byteLength > nameBytesMax) {
    throw new VeltroError(
      status.InvalidKeyValueLength,
      `The key has ${bytes.byteLength} bytes, but it must have 1 to ${nameBytesMax}.`,
    );
  }
  return bytes;
}

function encodedHeaders(headers: Headers): Buffer {
  const pairs = Symbol.iterator in headers ? headers : Object.entries(headers);
  return translated(status.InvalidHeaderValue, () =>
    encodeUserHeaders(pairs as Iterable<readonly [string, never]>),
  );
}

function nowMicros(): bigint {
  return BigInt(Date.now()) * 1000n;
}
