import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from './format-error.ts';
import { parseList } from './string-list.ts';

test('a list is an array, or a text in any of its spellings', () => {
  for (const raw of [['a', ' b '], '[a, b]', '["a", "b"]', "['a','b']", 'a, b', 'a,,b,']) {
    assert.deepEqual(parseList(raw), ['a', 'b'], String(raw));
  }
  for (const raw of [[], '', '[]', [''], '[""]']) assert.deepEqual(parseList(raw), []);
});

test('choices are found in any case, and nothing else is taken', () => {
  assert.deepEqual(parseList('get, Post', ['GET', 'POST']), ['GET', 'POST']);
  for (const [raw, choices] of [
    ['get, put', ['GET']],
    [[1], undefined],
    [7, undefined],
    [{}, undefined],
  ] as const) {
    assert.throws(() => parseList(raw, choices), FormatError);
  }
});
