import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseExpiry, parseTopicSize, printExpiry, printTopicSize } from './retention.ts';

const never = Number.POSITIVE_INFINITY;

test('an expiry is a duration, never or the server default', () => {
  assert.equal(parseExpiry('7 days'), 604_800_000);
  for (const word of ['none', 'None', 'unlimited', 'never_expire']) {
    assert.equal(parseExpiry(word), never, word);
  }
  for (const word of ['default', 'server_default', 'Server_default']) {
    assert.equal(parseExpiry(word), 'server_default', word);
  }
});

test('an expiry of zero, or beyond 32 bits of seconds, is refused', () => {
  assert.throws(() => parseExpiry('0'), /must not be zero; "never_expire"/);
  assert.equal(parseExpiry(`${2 ** 32 - 1} s`), (2 ** 32 - 1) * 1000);
  assert.throws(() => parseExpiry(`${2 ** 32} s`), /at most 2\^32 - 1 seconds/);
  assert.throws(() => parseExpiry('soon'), /must be a text with units/);
});

test('a topic size is a byte size, unlimited or the server default', () => {
  assert.equal(parseTopicSize('2 GiB'), 2 ** 31);
  assert.equal(parseTopicSize('Unlimited'), never);
  assert.equal(parseTopicSize('server_default'), 'server_default');
  assert.equal(parseTopicSize(0), 'server_default');
  assert.throws(() => parseTopicSize('big'), /must be a byte size/);
});

test('printed values are read back unchanged', () => {
  for (const value of [never, 'server_default', 1, 604_800_000] as const) {
    assert.equal(parseExpiry(printExpiry(value)), value);
    assert.equal(parseTopicSize(printTopicSize(value)), value);
  }
  const seconds = fc.integer({ min: 1, max: 2 ** 32 - 1 });
  fc.assert(fc.property(seconds, (s) => parseExpiry(printExpiry(s * 1000)) === s * 1000));
});
