import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Bag, type Bagged, outsideOfBags } from './bag.ts';

interface Member extends Bagged {
  readonly name: number;
}

const members: readonly Member[] = Array.from({ length: 8 }, (_, name) => ({
  name,
  bagPlace: outsideOfBags,
}));

function namesIn(bag: Bag<Member>): number[] {
  return [...bag].map(({ name }) => name).sort();
}

test('a bag holds what a set holds', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(members.length - 1)), { maxLength: 40 });
  fc.assert(
    fc.property(steps, (choices) => {
      const bag = new Bag<Member>();
      const set = new Set<number>();
      for (const [isAdded, name] of choices) {
        if (isAdded) bag.add(members[name]);
        else bag.delete(members[name]);
        if (isAdded) set.add(name);
        else set.delete(name);
        assert.equal(bag.size, set.size);
        assert.deepEqual(namesIn(bag), [...set].sort());
        assert.equal(namesIn(bag).includes(name), isAdded);
      }
      for (const member of bag) bag.delete(member);
      assert.equal(bag.size, 0);
    }),
  );
});

test('what is in one bag is not taken out by another', () => {
  const [first, second] = [new Bag<Member>(), new Bag<Member>()];
  first.add(members[0]);
  second.add(members[1]);
  second.delete(members[0]);
  assert.deepEqual(namesIn(first), [0]);
  assert.deepEqual(namesIn(second), [1]);
});
