import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { arenaPageBytes } from '../wire/limits.ts';
import { Allocator } from './allocator.ts';

const START = 3 * arenaPageBytes;
const PAGES = 64;
const CAPACITY_BYTES = PAGES * arenaPageBytes;

interface Block {
  readonly offset: number;
  readonly bytes: number;
}

function newAllocator(): Allocator {
  return new Allocator(START, START + CAPACITY_BYTES);
}

function assertDisjoint(blocks: readonly Block[]): void {
  const sorted = [...blocks].sort((a, b) => a.offset - b.offset);
  for (let i = 1; i < sorted.length; i++) {
    assert.ok(sorted[i - 1].offset + sorted[i - 1].bytes <= sorted[i].offset, 'blocks overlap');
  }
  for (const block of sorted) {
    assert.ok(block.offset >= START && block.offset + block.bytes <= START + CAPACITY_BYTES);
  }
}

describe('Allocator', () => {
  it('gives disjoint blocks of enough bytes and takes all of them back', () => {
    const size = fc.oneof(
      fc.integer({ min: 1, max: 4096 }),
      fc.integer({ min: 1, max: 6 * arenaPageBytes }),
    );
    const step = fc.record({ allocate: fc.boolean(), bytes: size, pick: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const allocator = newAllocator();
        const blocks: Block[] = [];
        for (const { allocate, bytes, pick } of steps) {
          if (allocate || blocks.length === 0) {
            const offset = allocator.allocate(bytes);
            if (offset === 0) continue;
            assert.ok(allocator.blockBytes(offset) >= bytes);
            blocks.push({ offset, bytes: allocator.blockBytes(offset) });
          } else {
            allocator.free(blocks.splice(pick % blocks.length, 1)[0].offset);
          }
          assertDisjoint(blocks);
          const used = blocks.reduce((sum, block) => sum + block.bytes, 0);
          assert.equal(allocator.usedBytes, used);
        }
        for (const block of blocks) allocator.free(block.offset);
        assert.equal(allocator.usedBytes, 0);
      }),
      { numRuns: 200 },
    );
  });

  it('joins free runs again, so that the whole region can be had after any order of frees', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...Array(PAGES).keys()], { minLength: PAGES }), (order) => {
        const allocator = newAllocator();
        const offsets = Array.from({ length: PAGES }, () => allocator.allocate(arenaPageBytes));
        assert.ok(offsets.every((offset) => offset > 0));
        assert.equal(allocator.allocate(arenaPageBytes), 0);
        for (const index of order) allocator.free(offsets[index]);
        assert.equal(allocator.statistics().largestFreeBytes, CAPACITY_BYTES);
        assert.equal(allocator.allocate(CAPACITY_BYTES), START);
      }),
    );
  });

  it('answers 0 when the region is full, and counts it', () => {
    const allocator = newAllocator();
    assert.equal(allocator.allocate(CAPACITY_BYTES + 1), 0);
    assert.equal(allocator.statistics().failures, 1);
    let blocks = 0;
    while (allocator.allocate(256) > 0) blocks++;
    assert.equal(blocks, CAPACITY_BYTES / 256);
    assert.equal(allocator.statistics().peakBytes, CAPACITY_BYTES);
  });

  it('refuses offsets that were not handed out', () => {
    const allocator = newAllocator();
    const small = allocator.allocate(300);
    const large = allocator.allocate(3 * arenaPageBytes);
    const { usedBytes } = allocator;
    assert.throws(() => allocator.free(small + 1), /No block is allocated/);
    assert.throws(() => allocator.free(large + 1), /No block is allocated/);
    assert.throws(() => allocator.free(large + arenaPageBytes), /No run of pages/);
    assert.throws(() => allocator.free(large + 2 * arenaPageBytes), /No run of pages/);
    assert.throws(() => allocator.free(0), /outside the region/);
    assert.equal(allocator.usedBytes, usedBytes);
    allocator.free(small);
    assert.throws(() => allocator.free(small), /No block is allocated/);
    allocator.free(large);
    assert.throws(() => allocator.free(large), /No run of pages/);
    assert.equal(allocator.usedBytes, 0);
  });
});
