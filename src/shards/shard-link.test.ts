import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import { noFileSending } from '../../tests/support/file-sending.ts';
import { systemCalls } from '../files/system-calls.ts';
import { completion, completionKind } from './descriptors.ts';
import { RingConsumer, RingProducer } from './ring.ts';
import type { ShardAnswer } from './shard-call.ts';
import { type LinkOwner, ShardLink } from './shard-link.ts';

const owner: LinkOwner = {
  freeFrame() {},
  publishSoon() {},
  onMemoryShort() {},
  onDrained() {},
  onRoom() {},
  onReport() {},
  onSegmentBegun() {},
};

const poll = {
  strategy: 1,
  value: 0,
  count: 1,
  consumerKind: 1,
  consumerId: 1,
  autoCommit: false,
  bytesMax: 1000,
  isAhead: false,
  takesFile: true,
} as const;

/** The shard's end of a link, whose slots a test fills by itself. */
class FakeShard {
  readonly link = new ShardLink(0, owner);
  #requests!: RingConsumer;
  #completions!: RingProducer;

  start(): void {
    const { requests, completions, port } = this.link.connect();
    port.close();
    this.#requests = new RingConsumer(requests);
    this.#completions = new RingProducer(completions);
  }

  /** Asks for messages; the answer is copied. */
  ask(): { answers: ShardAnswer[]; lost: number } {
    const outcome = { answers: [] as ShardAnswer[], lost: 0 };
    this.link.poll(
      {
        onShardAnswer: (_, answer) =>
          void outcome.answers.push({ ...answer, pieces: [...answer.pieces] }),
        onShardLost: () => void outcome.lost++,
      },
      1,
      poll,
    );
    this.link.publish();
    this.#requests.next();
    return outcome;
  }

  tell(kind: number, words: readonly number[]): void {
    const slot = this.#completions.reserve();
    const isCounted = kind !== completionKind.file;
    this.#completions.words.fill(0, slot, slot + completion.firstPiece);
    this.#completions.words[slot + completion.kind] = kind;
    this.#completions.words[slot + completion.pieces] = isCounted ? words.length : 0;
    this.#completions.words.set(words, slot + completion.firstPiece);
    this.#completions.commit();
    this.#completions.publish();
    this.link.drain();
  }
}

describe('ShardLink', () => {
  it('forgets the parts of an answer that a dead worker has begun', { skip: noFileSending }, () => {
    const shard = new FakeShard();
    shard.start();
    const lost = shard.ask();
    const folder = openSync(tmpdir(), 'r');
    const fd = systemCalls()!.duplicate(folder);
    shard.tell(completionKind.pieces, [100, 1, 200, 2, 300, 3]);
    shard.tell(completionKind.file, [fd, 0, 10]);
    shard.link.disconnect();
    assert.deepEqual(lost, { answers: [], lost: 1 });
    assert.throws(() => fstatSync(fd), { code: 'EBADF' });
    closeSync(folder);

    shard.start();
    const asked = shard.ask();
    shard.tell(completionKind.done, [400, 4]);
    assert.deepEqual(asked.answers[0].pieces, [400, 4]);
    shard.link.disconnect();
  });

  it('closes the file of an answer that nobody takes', { skip: noFileSending }, () => {
    const shard = new FakeShard();
    shard.start();
    shard.ask();
    const folder = openSync(tmpdir(), 'r');
    const fd = systemCalls()!.duplicate(folder);
    shard.tell(completionKind.file, [fd, 0, 10]);
    fstatSync(fd);
    shard.tell(completionKind.done, [400, 4]);
    assert.throws(() => fstatSync(fd), { code: 'EBADF' });
    closeSync(folder);
    shard.link.disconnect();
  });
});
