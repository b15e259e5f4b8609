import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { ConsumerOffsets, consumerKind } from './consumer-offsets.ts';
import { FaultyFiles, noSpace } from './storage-test-kit.ts';

const { consumer, group } = consumerKind;

describe('ConsumerOffsets', () => {
  let dir: string;
  let files: FaultyFiles;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'veltro-offsets-'));
    files = new FaultyFiles(8);
  });

  afterEach(() => {
    files.closeAll();
    rmSync(dir, { recursive: true });
  });

  /** Opens what is on disk. */
  function open(lastOffset: number): ConsumerOffsets {
    files.closeAll();
    const offsets = new ConsumerOffsets(files, dir);
    offsets.load(lastOffset);
    return offsets;
  }

  function file(folder: 'consumers' | 'groups', name: string | number): string {
    return join(dir, 'offsets', folder, String(name));
  }

  it('behave as a map of each kind that outlives the process', () => {
    const id = fc.oneof(fc.nat({ max: 5 }), fc.constant(0xffff_ffff));
    const offset = fc.oneof(fc.nat({ max: 1000 }), fc.constant(2 ** 52));
    const step = fc.record({
      do: fc.constantFrom('store', 'store', 'store', 'delete', 'open', 'clear'),
      kind: fc.constantFrom(consumer, group),
      id,
      offset,
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        rmSync(join(dir, 'offsets'), { recursive: true, force: true });
        let offsets = open(-1);
        const model = new Map<string, number>();
        for (const step of steps) {
          const key = `${step.kind}/${step.id}`;
          if (step.do === 'store') {
            offsets.store(step.kind, step.id, step.offset);
            model.set(key, step.offset);
          } else if (step.do === 'delete') {
            assert.equal(offsets.delete(step.kind, step.id), model.delete(key));
          } else if (step.do === 'clear') {
            offsets.clear();
            model.clear();
          } else {
            offsets = open(2 ** 53);
          }
          assert.equal(offsets.get(step.kind, step.id), model.get(key));
        }
        const left = readdirSync(join(dir, 'offsets'), { recursive: true, withFileTypes: true });
        assert.equal(left.filter((entry) => entry.isFile()).length, model.size);
      }),
      { numRuns: 60 },
    );
  });

  it('are files of 8 bytes, named by the id', () => {
    const offsets = open(-1);
    offsets.store(consumer, 7, 41);
    offsets.store(group, 4_294_967_295, 2 ** 40 + 3);
    assert.equal(readFileSync(file('consumers', 7), 'hex'), '2900000000000000');
    assert.equal(readFileSync(file('groups', 4_294_967_295), 'hex'), '0300000000010000');
  });

  it('are lowered to the last message, and gone when there is none', () => {
    const offsets = open(-1);
    offsets.store(consumer, 1, 100);
    offsets.store(consumer, 2, 10);
    writeFileSync(file('groups', 3), Buffer.alloc(8, 0xff));
    const lowered = open(50);
    assert.equal(lowered.get(consumer, 1), 50);
    assert.equal(lowered.get(consumer, 2), 10);
    assert.equal(lowered.get(group, 3), 50);
    assert.equal(open(-1).get(consumer, 1), undefined);
    assert.equal(open(50).get(consumer, 1), undefined, 'later messages were not read');
  });

  it('ignore a file that is not whole, and files that are none of theirs', () => {
    open(-1);
    for (const bytes of [0, 1, 7]) writeFileSync(file('consumers', bytes), Buffer.alloc(bytes, 9));
    for (const name of ['x', '01', '-1', '12345678901']) {
      writeFileSync(file('consumers', name), Buffer.alloc(8));
    }
    mkdirSync(file('groups', 'folder'));
    const offsets = open(50);
    for (const id of [0, 1, 7]) assert.equal(offsets.get(consumer, id), undefined);
    const names = readdirSync(join(dir, 'offsets', 'consumers'));
    assert.deepEqual(names.sort(), ['-1', '0', '01', '1', '12345678901', '7', 'x']);
    offsets.store(consumer, 7, 3);
    assert.equal(open(50).get(consumer, 7), 3);
  });

  it('keep the old value when the new one cannot be written', () => {
    const offsets = open(-1);
    offsets.store(consumer, 1, 5);
    files.fault = () => {
      throw noSpace();
    };
    assert.throws(() => offsets.store(consumer, 1, 6), /ENOSPC/);
    assert.throws(() => offsets.store(consumer, 2, 6), /ENOSPC/);
    files.fault = () => {};
    assert.equal(offsets.get(consumer, 1), 5);
    assert.equal(offsets.get(consumer, 2), undefined);
    assert.equal(offsets.delete(consumer, 2), false);
  });
});
