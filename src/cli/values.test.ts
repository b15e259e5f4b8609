import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  expiryMicros,
  header,
  identifier,
  offset,
  timestampMicros,
  topicSizeBytes,
  wholeNumber,
} from './values.ts';

const unlimited = 0xffff_ffff_ffff_ffffn;

test('digits are an id, anything else is a name', () => {
  assert.equal(identifier('7'), 7);
  assert.equal(identifier('4294967295'), 4_294_967_295);
  assert.equal(identifier('4294967296'), '4294967296');
  assert.equal(identifier('7a'), '7a');
  assert.equal(identifier('-1'), '-1');
  assert.throws(() => identifier(''), /must not be empty/);
});

test('whole numbers keep to their bounds', () => {
  const parse = wholeNumber(1, 10);
  assert.equal(parse('10'), 10);
  for (const text of ['0', '11', '1.5', '', 'x', '-1', '1e1']) {
    assert.throws(() => parse(text), /whole number from 1 to 10/, text);
  }
});

test('offsets have 64 bits', () => {
  assert.equal(offset('18446744073709551615'), unlimited);
  assert.throws(() => offset('18446744073709551616'), /64 bits/);
  assert.throws(() => offset('-1'), /64 bits/);
});

test('times are microseconds or ISO dates', () => {
  assert.equal(timestampMicros('1700000000000000'), 1_700_000_000_000_000n);
  assert.equal(timestampMicros('1970-01-02T00:00:00Z'), 86_400_000_000n);
  assert.throws(() => timestampMicros('yesterday'), /microseconds since 1970 or an ISO date/);
  assert.throws(() => timestampMicros('1969-01-01'), /microseconds since 1970/);
});

test('expiry and size have words for the ends of their range', () => {
  assert.equal(expiryMicros('7 days'), 604_800_000_000n);
  assert.equal(expiryMicros('never_expire'), unlimited);
  assert.equal(expiryMicros('server_default'), 0n);
  assert.throws(() => expiryMicros('soon'), /It must be a text with units/);
  assert.equal(topicSizeBytes('10 GiB'), 10_737_418_240n);
  assert.equal(topicSizeBytes('unlimited'), unlimited);
  assert.equal(topicSizeBytes('server_default'), 0n);
  assert.throws(() => topicSizeBytes('big'), /It must be a byte size/);
});

test('headers have a key, a kind and a value, and may be repeated', () => {
  const first = header('url:string:http://host:80/');
  assert.deepEqual(first, [{ key: 'url', value: { kind: 'string', value: 'http://host:80/' } }]);
  const both = header('n:uint64:18446744073709551615', first);
  assert.deepEqual(both[1], { key: 'n', value: { kind: 'uint64', value: unlimited } });
  assert.equal(both[0], first[0]);
});

test('header values are read by their kind', () => {
  const readValue = (text: string) => header(text)[0].value.value;
  assert.equal(readValue('a:bool:true'), true);
  assert.equal(readValue('a:int8:-5'), -5);
  assert.equal(readValue('a:float64:-1.5e3'), -1500);
  assert.deepEqual(readValue('a:raw:xy'), Buffer.from('xy'));
  assert.throws(() => header('a:bool:yes'), /true or false/);
  assert.throws(() => header('a:int8:1.5'), /1\.5 is no value of kind int8/);
  assert.throws(() => header('a:float32:much'), /much is no value of kind float32/);
  assert.throws(() => header('a:word:x'), /kind word is unknown; there are raw, string, bool/);
  assert.throws(() => header('just text'), /key:kind:value/);
});
