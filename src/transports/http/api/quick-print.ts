import type { Exchange } from '../../../commands/exchange.ts';
import type { PrintingMemory } from '../../frame-memory.ts';

/** What was printed for a caller. Whoever has it gives it back once. */
export interface Printed {
  readonly bytes: Buffer;
  readonly release: () => void;
}

/** What stands around the messages of a poll. */
export interface Surroundings {
  readonly head: string;
  /** One character between two messages. */
  readonly separator: string;
  readonly tail: string;
}

/** A message as JSON without its payload: all digits that its numbers can have. */
const HEADER_CHARACTERS = 300;

/** What `count` messages of a poll take at most as JSON, with payloads in base64. */
export function printedBytesMax({ bytes }: Exchange, count: number): number {
  return Math.ceil(bytes / 3) * 4 + (count + 1) * HEADER_CHARACTERS;
}

/**
 * Prints messages of a poll with payloads in base64 by the kernel, in the memory where they lie.
 * Gives undefined when that has no room now, or a message has user headers.
 */
export function quickPrint(
  exchange: Exchange,
  count: number,
  memory: PrintingMemory,
  surroundings: Surroundings,
): Printed | undefined {
  const { pieces } = exchange;
  const [first, firstBytes] = pieces;
  // A message may begin in one piece and end in the next.
  const joinedBytes = pieces.length === 2 ? 0 : bytesOf(pieces);
  const allocation = memory.allocateText(joinedBytes + printedBytesMax(exchange, count));
  if (allocation === 0) return undefined;
  const release = () => memory.freeText(allocation);
  if (joinedBytes > 0) join(pieces, memory, allocation);
  const messages =
    joinedBytes > 0 ? { at: allocation, bytes: joinedBytes } : { at: first, bytes: firstBytes };
  const bytes = printAt(allocation + joinedBytes, messages, count, memory, surroundings);
  if (bytes === undefined) release();
  return bytes && { bytes, release };
}

interface Area {
  readonly at: number;
  readonly bytes: number;
}

function printAt(
  start: number,
  messages: Area,
  count: number,
  memory: PrintingMemory,
  { head, separator, tail }: Surroundings,
): Buffer | undefined {
  const { bytes } = memory;
  const headEnd = start + bytes.write(head, start, 'latin1');
  const behind = separator.charCodeAt(0);
  const length = memory.print(messages.at, messages.bytes, count, behind, headEnd);
  if (length === 0) return undefined;
  // The separator behind the last message makes way for the tail.
  const messagesEnd = headEnd + length - 1;
  const end = messagesEnd + bytes.write(tail, messagesEnd, 'latin1');
  return bytes.subarray(start, end);
}

function bytesOf(pieces: readonly number[]): number {
  let bytes = 0;
  for (let i = 1; i < pieces.length; i += 2) bytes += pieces[i];
  return bytes;
}

function join(pieces: readonly number[], memory: PrintingMemory, to: number): void {
  let end = to;
  for (let i = 0; i < pieces.length; i += 2) {
    memory.copy(memory.bytes, pieces[i], pieces[i + 1], end);
    end += pieces[i + 1];
  }
}
