import {
  type SendMessagesHead,
  type SendMessagesRequest,
  sendMessages,
  sendMessagesBytes,
  writeSendMessagesHead,
} from '../../../wire/classic/commands/send-messages.ts';
import { Writer } from '../../../wire/writer.ts';
import type { OutgoingBatch } from '../command-call.ts';

/** A batch of messages that are written one by one. */
export function encodedBatch(request: SendMessagesRequest): OutgoingBatch {
  const bytes = sendMessagesBytes(request);
  const writeTo = (target: Buffer) =>
    sendMessages.writeRequest(new Writer(bytes, () => target), request);
  return { bytes, writeTo };
}

/** A batch that came as the protocol sends it: what it holds is checked by those who store it. */
export function binaryBatch(body: Buffer): OutgoingBatch {
  return { bytes: body.byteLength, writeTo: (target) => void body.copy(target) };
}

/** What stands in front of the index entries. */
export function sendMessagesHead(head: SendMessagesHead): Buffer {
  const writer = new Writer();
  writeSendMessagesHead(writer, head);
  return writer.finish();
}
