import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatorOf, generatorWarning } from './generator.ts';

const usage = { user: 1_500_000, system: 500_000 };

test('busy threads make the generator the limit, and it says so', () => {
  const generator = generatorOf([0.97, 0.5], usage, 1000);
  assert.equal(generator.was_limit, true);
  assert.equal(generator.cpu_cores_used, 2);
  assert.match(generatorWarning(generator)!, /^The generator was the limit: its 2 threads .* 97 %/);
});

test('a generator with time to spare says nothing', () => {
  const generator = generatorOf([0.95, 0.3, 0.4], usage, 1000);
  assert.equal(generator.was_limit, false);
  assert.equal(generatorWarning(generator), undefined);
});
