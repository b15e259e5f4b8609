import { VeltroError } from '../client/errors.ts';
import type { ReceivedMessage } from '../client/received-message.ts';
import type { PlainHeaderValue } from '../wire/classic/user-headers.ts';
import { isoTime, printBytes } from './format.ts';
import { escapeControls, type Style, toJson } from './output.ts';

const ID_DIGITS = 32;

/** Undefined when the bytes of the headers are no headers: the message is shown without them. */
function headersOf(message: ReceivedMessage): ReceivedMessage['headers'] | undefined {
  try {
    return message.headers;
  } catch (error) {
    if (error instanceof VeltroError) return undefined;
    throw error;
  }
}

function headerValue(value: PlainHeaderValue): Exclude<PlainHeaderValue, Uint8Array> {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}

function headersJson(message: ReceivedMessage): object | null {
  const headers = headersOf(message);
  if (headers === undefined) return null;
  return Object.fromEntries([...headers].map(([name, value]) => [name, headerValue(value)]));
}

function headerLines(message: ReceivedMessage): string[] {
  const headers = headersOf(message);
  if (headers === undefined) return ['    (the headers cannot be read)'];
  return [...headers].map(([name, value]) => escapeControls(`    ${name}: ${headerValue(value)}`));
}

/**
 * A message as one line of JSON: `encoding` says how the payload is written; raw headers are
 * base64, and null stands for headers that cannot be read.
 */
export function messageJson(partition: number, message: ReceivedMessage): string {
  const { encoding, text } = printBytes(message.payload);
  return toJson({
    partition,
    offset: message.offset,
    timestamp: isoTime(message.timestamp),
    id: message.id.toString(16).padStart(ID_DIGITS, '0'),
    headers: headersJson(message),
    encoding,
    payload: text,
  });
}

/** A message as one line for people; its headers follow on lines of their own when wanted. */
export function messageText(
  partition: number,
  message: ReceivedMessage,
  style: Style,
  withHeaders: boolean,
): string {
  const { encoding, text } = printBytes(message.payload);
  const time = isoTime(message.timestamp).replace('T', ' ').replace('Z', '');
  const where = style.dim(`${partition}:${message.offset}  ${time}`);
  const note = encoding === 'utf8' ? '' : style.dim(`(${encoding}) `);
  const line = `${where}  ${note}${escapeControls(text)}`;
  return withHeaders ? [line, ...headerLines(message)].join('\n') : line;
}
