import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments, usage } from './arguments.ts';

test('without arguments, a run is what the help says', () => {
  const options = parseArguments([]);
  assert.equal(options.rounds, 5);
  assert.equal(options.milliseconds, 1000);
  const shapes = options.shapes.map(({ connections, depth }) => `${connections}x${depth}`);
  assert.deepEqual(shapes, ['1x1', '32x1', '64x16']);
  assert.ok(usage.includes('(1,32,64x16)'));
});

test('shapes are numbers of connections, with a depth behind an x', () => {
  const { shapes } = parseArguments(['--shapes', '8, 64x4']);
  assert.deepEqual(shapes, [
    { connections: 8, depth: 1 },
    { connections: 64, depth: 4 },
  ]);
});

test('what is no number, or too large a one, is refused by name', () => {
  for (const shapes of ['', 'x4', '4x', '0', '1x0', '1x2x3', '50001', '1x1025', '-1']) {
    assert.throws(() => parseArguments(['--shapes', shapes]), /--shapes/, shapes);
  }
  assert.throws(() => parseArguments(['--rounds', 'two']), /--rounds/);
  assert.throws(() => parseArguments(['--unknown']), /unknown/);
});
