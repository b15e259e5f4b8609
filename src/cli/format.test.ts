import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  approximateSize,
  counted,
  expiryText,
  isoTime,
  printBytes,
  shortTime,
  topicSizeText,
} from './format.ts';

const unlimited = 0xffff_ffff_ffff_ffffn;

test('times are UTC', () => {
  assert.equal(isoTime(1_700_000_000_123_456n), '2023-11-14T22:13:20.123Z');
  assert.equal(shortTime(1_700_000_000_123_456n), '2023-11-14 22:13:20');
});

test('expiry and size limits are words at the ends of their range', () => {
  assert.equal(expiryText(unlimited), 'never_expire');
  assert.equal(expiryText(0n), 'server_default');
  assert.equal(expiryText(90_000_000n), '1 m 30 s');
  assert.equal(topicSizeText(unlimited), 'unlimited');
  assert.equal(topicSizeText(0n), 'server_default');
  assert.equal(topicSizeText(1_073_741_824n), '1 GiB');
});

test('sizes are rounded for people', () => {
  assert.equal(approximateSize(0), '0 B');
  assert.equal(approximateSize(1023n), '1023 B');
  assert.equal(approximateSize(1536), '1.5 KiB');
  assert.equal(approximateSize(5 * 1024 ** 5), '5120.0 TiB');
});

test('one is singular', () => {
  assert.equal(counted(1, 'message'), '1 message');
  assert.equal(counted(0, 'message'), '0 messages');
  assert.equal(counted(2n, 'partition'), '2 partitions');
});

test('bytes are text when they are UTF-8, else digits, else base64', () => {
  assert.deepEqual(printBytes(Buffer.from('grün')), { encoding: 'utf8', text: 'grün' });
  assert.deepEqual(printBytes(Buffer.from([0xff, 0])), { encoding: 'hex', text: 'ff00' });
  const long = Buffer.alloc(33, 0xff);
  assert.deepEqual(printBytes(long), { encoding: 'base64', text: long.toString('base64') });
});
