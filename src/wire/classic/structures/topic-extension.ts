import {
  type Acknowledgement,
  acknowledgementCode,
  acknowledgementOf,
} from '../../acknowledgement.ts';
import type { Reader } from '../../reader.ts';
import { status } from '../../status.ts';
import { WireError } from '../../wire-error.ts';
import type { Writer } from '../../writer.ts';

/**
 * What Veltro knows of a topic beyond the protocol. It stands behind a request's payload, where
 * other brokers ignore it, and behind an answer only on connections that have sent a greeting.
 */
export interface TopicRequestExtension {
  /** What an acknowledgement means; null follows the broker, undefined changes nothing. */
  readonly acknowledgement?: Acknowledgement | null;
}

/** The same in the answer that describes a topic. */
export interface TopicAnswerExtension {
  readonly acknowledgement?: {
    /** What holds now. */
    readonly level: Acknowledgement;
    /** It follows the broker's configuration. */
    readonly isDefault: boolean;
  };
}

/** `VLTA` in the order of the bytes. */
const MARK = 0x4154_4c56;
const REQUEST_BYTES = 5;
const ANSWER_BYTES = 6;

export function writeTopicRequestExtension(
  writer: Writer,
  { acknowledgement }: TopicRequestExtension,
): void {
  if (acknowledgement === undefined) return;
  writer.u32(MARK).u8(acknowledgementCode(acknowledgement));
}

export function readTopicRequestExtension(reader: Reader): TopicRequestExtension {
  if (reader.remaining < REQUEST_BYTES || reader.u32('mark') !== MARK) return {};
  return { acknowledgement: readLevel(reader) };
}

export function writeTopicAnswerExtension(
  writer: Writer,
  { acknowledgement }: TopicAnswerExtension,
): void {
  if (acknowledgement === undefined) return;
  const { level, isDefault } = acknowledgement;
  writer.u32(MARK).u8(acknowledgementCode(level)).bool(isDefault);
}

export function readTopicAnswerExtension(reader: Reader): TopicAnswerExtension {
  if (reader.remaining !== ANSWER_BYTES || reader.u32('mark') !== MARK) return {};
  const level = readLevel(reader);
  const isDefault = reader.bool('is default');
  return level === null ? {} : { acknowledgement: { level, isDefault } };
}

function readLevel(reader: Reader): Acknowledgement | null {
  const code = reader.u8('acknowledgement');
  const level = acknowledgementOf(code);
  if (level !== undefined) return level;
  throw new WireError(status.InvalidCommand, `the acknowledgement ${code} is not known`);
}
