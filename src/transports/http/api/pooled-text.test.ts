import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool } from '../../../wire/buffer-pool.ts';
import { PooledText } from './pooled-text.ts';

test('texts and bytes follow each other, also beyond the room that was asked for', () => {
  const pool = new BufferPool();
  const text = new PooledText(pool, 10);
  const bytes = Buffer.alloc(100_000, 'abc');
  text.write('["');
  text.writeBase64(bytes);
  text.write('","');
  text.writeUtf8('grün');
  text.write('"]');
  assert.equal(text.finish().toString(), JSON.stringify([bytes.toString('base64'), 'grün']));
});
