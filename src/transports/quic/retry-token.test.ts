import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quicTokenMs } from '../../wire/limits.ts';
import { RetryTokens } from './retry-token.ts';

const original = Buffer.from('original');
const id = Buffer.alloc(16, 7);
const client = '10.0.0.1 5000';
const nowMs = 1_700_000_000_000;

test('a token gives the original id back to the client that it was made for', () => {
  const tokens = new RetryTokens();
  const token = tokens.make(client, original, id, nowMs);
  assert.deepEqual(tokens.check(token, client, id, nowMs + quicTokenMs), original);
});

test('a token is worth nothing at another address, for another id, later, or elsewhere', () => {
  const tokens = new RetryTokens();
  const token = tokens.make(client, original, id, nowMs);
  assert.equal(tokens.check(token, '10.0.0.1 5001', id, nowMs), undefined);
  assert.equal(tokens.check(token, client, Buffer.alloc(16, 8), nowMs), undefined);
  assert.equal(tokens.check(token, client, id, nowMs + quicTokenMs + 1), undefined);
  assert.equal(new RetryTokens().check(token, client, id, nowMs), undefined);
});

test('a token that was changed, or is none, is refused', () => {
  const tokens = new RetryTokens();
  const token = tokens.make(client, original, id, nowMs);
  for (let at = 0; at < token.byteLength; at++) {
    const changed = Buffer.from(token);
    changed[at] ^= 1;
    assert.equal(tokens.check(changed, client, id, nowMs), undefined, `byte ${at}`);
  }
  for (const length of [0, 1, 16, 23]) {
    assert.equal(tokens.check(token.subarray(0, length), client, id, nowMs), undefined);
  }
});
