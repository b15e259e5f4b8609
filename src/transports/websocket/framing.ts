import { webSocketSentBytesMax } from '../../wire/limits.ts';
import {
  closeCode,
  closeFrame,
  opcode,
  sentHeadBytesMax,
  writeHead,
} from '../../wire/websocket-frames.ts';
import type { EndReason, ResponseFraming } from '../tcp/framing.ts';

const codes: Readonly<Record<EndReason, number>> = {
  done: closeCode.normal,
  shutdown: closeCode.goingAway,
  refused: closeCode.policyViolation,
  tooLarge: closeCode.tooLarge,
};

/**
 * Each response is a binary message, one that is larger than clients take several (protocol section
 * 1.6).
 */
export const webSocketFraming: ResponseFraming = {
  headBytesMax: sentHeadBytesMax,
  writeHead: (target, offset, bytes) => writeHead(target, offset, opcode.binary, bytes),
  wrap: wrapInMessages,
  lastWords: (reason) => closeFrame(codes[reason]),
};

function wrapInMessages(parts: readonly Buffer[], bytes: number): Buffer[] {
  const wrapped: Buffer[] = [];
  let bytesLeft = bytes;
  let room = 0;
  for (let part of parts) {
    while (part.byteLength > 0) {
      if (room === 0) {
        room = Math.min(bytesLeft, webSocketSentBytesMax);
        wrapped.push(headOf(room));
      }
      const taken = part.subarray(0, room);
      wrapped.push(taken);
      room -= taken.byteLength;
      bytesLeft -= taken.byteLength;
      part = part.subarray(taken.byteLength);
    }
  }
  return wrapped;
}

function headOf(bytes: number): Buffer {
  const head = Buffer.allocUnsafe(sentHeadBytesMax);
  return head.subarray(0, writeHead(head, 0, opcode.binary, bytes));
}
