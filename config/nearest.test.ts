import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './nearest.ts';

test('the candidate with the fewest edits wins, the first of equals', () => {
  assert.equal(nearest('tcp.adress', ['tcp.enabled', 'tcp.address', 'system.path']), 'tcp.address');
  assert.equal(nearest('kitten', ['smitten', 'sitting']), 'smitten');
  assert.equal(nearest('ab', ['ax', 'xb']), 'ax');
  assert.equal(nearest('', ['abc', 'a']), 'a');
});
