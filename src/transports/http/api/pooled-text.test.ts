import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool } from '../../../wire/buffer-pool.ts';
import { PooledText } from './pooled-text.ts';

test('texts follow each other, also beyond the room that was asked for', () => {
  const pool = new BufferPool();
  const text = new PooledText(pool, 10);
  const long = 'abc'.repeat(50_000);
  text.write('["');
  text.write(long);
  text.write('","');
  text.writeUtf8('grün');
  text.write('"]');
  assert.equal(text.finish().toString(), JSON.stringify([long, 'grün']));
});
