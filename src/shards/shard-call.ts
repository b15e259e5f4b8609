import type { FileSpan } from '../files/file-span.ts';

/**
 * What a shard answered; one object a link is used for every answer, valid during the call only.
 */
export interface ShardAnswer {
  /** 0 or a status code. */
  status: number;
  /** Newest offset of the partition, 0 while it is empty. */
  currentOffset: number;
  /** getOffset, poll: of who asks; -1 when none is stored. */
  storedOffset: number;
  /** poll: messages found; removeSegments: how many went. */
  count: number;
  /** poll: what must be released when the pieces were sent; 0 for nothing. */
  token: number;
  /** poll: arena offset and length of each piece, one after the other. */
  readonly pieces: number[];
  /** poll: messages behind the pieces that lie in a file. Dropped when nobody takes it over. */
  readonly file: FileSpan;
}

/**
 * Takes all pieces out of a list that is filled again soon. One by one: setting its length to 0
 * gives its memory away, and the next piece would need new one.
 */
export function clearPieces(pieces: number[]): void {
  while (pieces.length > 0) pieces.pop();
}

/** Something that waits for a shard's answer. Exactly one of the two is called, once. */
export interface ShardCall {
  onShardAnswer(link: ShardRelease, answer: ShardAnswer): void;
  /** The worker died before it answered: whether it did the request is unknown. */
  onShardLost(): void;
}

/** Where a poll's memory goes back to. */
export interface ShardRelease {
  /** Counts the workers that this shard has had; a token belongs to one of them. */
  readonly generation: number;
  release(token: number, generation: number): void;
}
