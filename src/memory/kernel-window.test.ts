import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { arenaPageBytes } from '../wire/limits.ts';
import { compileKernel, instantiateKernel, windowBytes, windowSlots } from './kernel.ts';

const PAGES = 16;
const GUARD = 0xaa;
const ALL = 0xffff_ffff;
const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
const kernel = instantiateKernel(await compileKernel(), memory);
const bytes = Buffer.from(memory.buffer);

interface Id {
  readonly low: bigint;
  readonly high: bigint;
  readonly offset: number;
  readonly time: number;
}

/** A window between guards, beside the list of what it must hold. */
class Checked {
  readonly window: number;
  readonly #capacity: number;
  #ids: Id[] = [];

  constructor(capacity: number, window = arenaPageBytes) {
    this.window = window;
    this.#capacity = capacity;
    bytes.fill(GUARD, window - 64, window + windowBytes(capacity) + 64);
    kernel.openWindow(window, capacity, windowSlots(capacity));
  }

  get ids(): readonly Id[] {
    return this.#ids;
  }

  remember(id: Id): void {
    kernel.remember(this.window, id.low, id.high, BigInt(id.offset), BigInt(id.time));
    this.#ids = [...this.#ids, id].slice(-this.#capacity);
  }

  forgetOld(offset: number, reach: number, time: number): void {
    kernel.forgetOld(this.window, BigInt(offset), reach, BigInt(time));
    while (this.#ids.length > 0) {
      const [oldest] = this.#ids;
      if (oldest.offset >= offset - reach && oldest.time > time) return;
      this.#ids.shift();
    }
  }

  forgetNewest(count: number): void {
    kernel.forgetNewest(this.window, count);
    this.#ids.splice(Math.max(0, this.#ids.length - count));
  }

  verify(universe: readonly bigint[]): void {
    assert.equal(kernel.windowCount(this.window), this.#ids.length);
    for (const low of universe) {
      for (const high of universe) {
        const isKnown = this.#ids.some((id) => id.low === low && id.high === high);
        assert.equal(kernel.knows(this.window, low, high), isKnown, `${low}, ${high}`);
      }
    }
    const end = this.window + windowBytes(this.#capacity);
    for (const guard of [
      bytes.subarray(this.window - 64, this.window),
      bytes.subarray(end, end + 64),
    ]) {
      assert.ok(
        guard.every((byte) => byte === GUARD),
        'it wrote outside',
      );
    }
  }
}

describe('A window of ids', () => {
  it('holds what a list would hold after any history', () => {
    const universe = [0n, 1n, 2n, 0xffff_ffff_ffff_ffffn];
    const half = fc.constantFrom(...universe);
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('remember'), low: half, high: half }) },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant('old'),
          reach: fc.nat({ max: 12 }),
          age: fc.nat({ max: 12 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('newest'), count: fc.nat({ max: 5 }) }) },
    );
    const property = fc.property(
      fc.integer({ min: 1, max: 11 }),
      fc.array(step, { maxLength: 120 }),
      (capacity, steps) => {
        const checked = new Checked(capacity);
        let clock = 1;
        for (const one of steps) {
          if ('low' in one) checked.remember({ ...one, offset: clock, time: clock });
          else if ('count' in one) checked.forgetNewest(one.count);
          else checked.forgetOld(clock, one.reach, Math.max(0, clock - one.age));
          clock++;
        }
        checked.verify(universe);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  it('finds every one of many ids while the oldest go, and after it moved', () => {
    const CAPACITY = 5000;
    const checked = new Checked(CAPACITY);
    const id = (number: number) => ({ low: BigInt(number), high: 7n, offset: number, time: 1 });
    for (let i = 0; i < 3 * CAPACITY; i++) checked.remember(id(i));
    const larger = arenaPageBytes + 8 * Math.ceil(windowBytes(CAPACITY) / 8) + 128;
    kernel.openWindow(larger, 2 * CAPACITY, windowSlots(2 * CAPACITY));
    kernel.copyWindow(checked.window, larger);
    for (const window of [checked.window, larger]) {
      assert.equal(kernel.windowCount(window), CAPACITY);
      for (let i = 0; i < 3 * CAPACITY; i++) {
        assert.equal(kernel.knows(window, BigInt(i), 7n), i >= 2 * CAPACITY);
      }
    }
    kernel.forgetNewest(larger, ALL);
    assert.equal(kernel.windowCount(larger), 0);
  });
});
