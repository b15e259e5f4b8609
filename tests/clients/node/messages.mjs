// Messages with their user headers.
import { Misunderstood } from './answers.mjs';
import { HeaderKeyFactory, HeaderValue, Partitioning, PollingStrategy } from './iggy.mjs';
import { micros } from './results.mjs';

/** The client's names of the kinds that have another name in the protocol. */
const KINDS = { float32: 'Float', float64: 'Double' };
const NAMES = { float: 'float32', double: 'float64' };

const NAMED_ORIGINS = {
  first: PollingStrategy.First,
  last: PollingStrategy.Last,
  next: PollingStrategy.Next,
};

/** Where messages are sent: "balanced", {partition} or {key}. */
export function readTarget(to) {
  if (to === 'balanced') return Partitioning.Balanced;
  if (to.partition !== undefined) return Partitioning.PartitionId(to.partition);
  return Partitioning.MessageKey(Buffer.from(to.key, 'base64'));
}

/** Where a poll starts: "first", "last", "next", {offset} or {timestamp}. */
export function readOrigin(from) {
  if (from.offset !== undefined) return PollingStrategy.Offset(BigInt(from.offset));
  if (from.timestamp !== undefined) return PollingStrategy.Timestamp(BigInt(from.timestamp));
  if (!Object.hasOwn(NAMED_ORIGINS, from)) throw new Misunderstood(`no poll starts from ${from}`);
  return NAMED_ORIGINS[from];
}

export function readMessage({ id, payload, headers = [] }) {
  return {
    id: id === undefined ? undefined : BigInt(id),
    payload: Buffer.from(payload, 'base64'),
    headers: headers.map(readHeader),
  };
}

function readHeader({ key, kind, value }) {
  const name = KINDS[kind] ?? `${kind[0].toUpperCase()}${kind.slice(1)}`;
  if (!Object.hasOwn(HeaderValue, name)) throw new Misunderstood(`no header is of kind ${kind}`);
  return { key: HeaderKeyFactory.String(key), value: HeaderValue[name](readValue(kind, value)) };
}

function readValue(kind, value) {
  if (kind === 'raw') return Buffer.from(value, 'base64');
  if (kind === 'string' || kind === 'bool') return value;
  if (kind.endsWith('128')) return wideBytes(BigInt(value));
  return kind.endsWith('int64') ? BigInt(value) : Number(value);
}

/** The 16 bytes of a number, the lowest first; the client leaves that to its user. */
function wideBytes(number) {
  const digits = BigInt.asUintN(128, number).toString(16).padStart(32, '0');
  return Buffer.from(digits, 'hex').reverse();
}

function wideNumber(bytes, signed) {
  const number = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  return String(signed ? BigInt.asIntN(128, number) : number);
}

export function showPolled({ partitionId, currentOffset, messages }) {
  return {
    partition: partitionId,
    currentOffset: String(currentOffset),
    messages: messages.map(showMessage),
  };
}

function showMessage({ headers, payload, userHeaders }) {
  return {
    offset: String(headers.offset),
    id: String(headers.id),
    timestamp: micros(headers.timestamp),
    originTimestamp: micros(headers.originTimestamp),
    checksum: String(headers.checksum),
    payload: payload.toString('base64'),
    headers: userHeaders.map(showHeader),
  };
}

function showHeader({ key, value }) {
  const name = HeaderValue.getKind(value).toLowerCase();
  const kind = NAMES[name] ?? name;
  return { key: String(key.value), kind, value: showValue(kind, value.value) };
}

function showValue(kind, value) {
  if (kind === 'raw') return value.toString('base64');
  if (kind === 'bool') return value;
  return kind.endsWith('128') ? wideNumber(value, kind === 'int128') : String(value);
}
