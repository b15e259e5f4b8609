import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fifo } from './fifo.ts';

test('a queue behaves as an array does', () => {
  const steps = fc.array(fc.constantFrom('push', 'push', 'shift', 'drain'), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (operations) => {
      const queue = new Fifo<number>();
      const model: number[] = [];
      for (const [index, operation] of operations.entries()) {
        if (operation === 'push') {
          queue.push(index);
          model.push(index);
        } else if (operation === 'shift') {
          assert.equal(queue.shift(), model.shift());
        } else {
          assert.deepEqual(queue.drain(), model.splice(0));
        }
        assert.equal(queue.length, model.length);
        assert.equal(queue.peek(), model[0]);
      }
    }),
  );
});

test('order survives many turns', () => {
  const queue = new Fifo<number>();
  for (let item = 0; item < 10; item += 1) queue.push(item);
  for (let item = 0; item < 5000; item += 1) {
    assert.equal(queue.shift(), item);
    queue.push(item + 10);
  }
  assert.equal(queue.length, 10);
});
