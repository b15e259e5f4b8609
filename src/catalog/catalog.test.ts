import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { Catalog } from './catalog.ts';
import { IdPool } from './id-pool.ts';
import { NamedMap } from './named-map.ts';

describe('Catalog', () => {
  let dir: string;
  let catalog: Catalog;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'veltro-catalog-'));
    catalog = await Catalog.open(dir, false);
  });

  afterEach(async () => {
    await catalog.close();
    rmSync(dir, { recursive: true });
  });

  /** Creates a stream in a transaction of its own, as handlers do. */
  function create(name: string): Promise<number> {
    return catalog.transact(async (propose) => {
      const id = catalog.nextStreamId();
      if (catalog.streams.find(name) !== undefined) throw new WireError(1012, name);
      await propose({ type: 'stream.create', id, name, createdAt: 1 });
      return id;
    });
  }

  it('runs one change after the other, so that what each checked still holds', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `stream ${i % 20}`);
    const outcomes = await Promise.allSettled(names.map(create));
    const ids = outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.value);
    const expected = names.map((_, i) => i < 20 && i);
    assert.deepEqual(ids, expected);
    assert.equal(catalog.streams.size, 20);
  });

  it('finds by number and by name, or says what is missing', async () => {
    await create('orders');
    const stream = catalog.stream('orders');
    assert.equal(stream, catalog.stream(0));
    const codes: [() => unknown, number][] = [
      [() => catalog.stream(1), status.StreamIdNotFound],
      [() => catalog.stream('Orders'), status.StreamIdNotFound],
      [() => catalog.topic(stream, 0), status.TopicIdNotFound],
    ];
    for (const [find, code] of codes) {
      assert.throws(find, (error: WireError) => error instanceof WireError && error.code === code);
    }
  });

  it('finishes what was begun before it closes', async () => {
    const creations = [create('a'), create('b'), create('c')];
    await catalog.close();
    await Promise.all(creations);
    catalog = await Catalog.open(dir, false);
    assert.deepEqual(
      catalog.streams.sorted().map(({ name }) => name),
      ['a', 'b', 'c'],
    );
  });

  it('gives the number that was freed last again, also after a restart', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await create(name);
    const remove = (id: number) =>
      catalog.transact((propose) => propose({ type: 'stream.delete', id }));
    for (const id of [1, 3, 0]) await remove(id);
    await catalog.close();
    catalog = await Catalog.open(dir, false);
    const ids: number[] = [];
    for (const name of ['e', 'f', 'g', 'h']) ids.push(await create(name));
    assert.deepEqual(ids, [0, 3, 1, 4]);
  });
});

describe('IdPool', () => {
  it('is a stack of freed ids on top of the numbers never used', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat())), (steps) => {
        let pool = new IdPool();
        const used: number[] = [];
        const freed: number[] = [];
        let next = 0;
        for (const pick of steps) {
          if (pick === null || used.length === 0) {
            const expected = freed.pop() ?? next++;
            assert.equal(pool.peek(), expected);
            assert.throws(() => pool.take(expected + 1));
            pool.take(expected);
            used.push(expected);
          } else {
            const [id] = used.splice(pick % used.length, 1);
            pool.give(id);
            freed.push(id);
          }
          const image = pool.toJSON();
          pool = new IdPool(image.next, image.freed);
        }
      }),
    );
  });
});

describe('NamedMap', () => {
  it('keeps numbers and names in step', () => {
    const map = new NamedMap<{ id: number; name: string }>();
    const entries = ['a', '1', 'Ä'].map((name, i) => ({ id: 10 - i, name }));
    for (const entry of entries) map.add(entry);
    assert.equal(map.find('1'), entries[1]);
    assert.equal(map.find(1), undefined, 'a name is not a number');
    assert.equal(map.find('ä'), undefined);
    map.rename(entries[0], 'b');
    assert.deepEqual(
      [map.find('a'), map.find('b'), map.find(10)],
      [undefined, ...Array(2).fill(entries[0])],
    );
    map.rename(entries[0], 'b');
    assert.equal(map.find('b'), entries[0]);
    map.delete(entries[1]);
    assert.deepEqual([map.find('1'), map.find(9), map.size], [undefined, undefined, 2]);
    assert.deepEqual(map.sorted(), [entries[2], entries[0]]);
  });
});
