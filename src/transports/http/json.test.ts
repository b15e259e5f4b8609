import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJson, printJson } from './json.ts';

/** Numbers that JSON holds exactly: whole ones are bigints where a double cannot hold them. */
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 128n - 1n }),
  fc.bigInt({ min: -(2n ** 127n), max: -(2n ** 53n) }),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    number,
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value')),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { noNullPrototype: true },
    ),
  ),
}));

test('whatever is printed is read back without loss', () => {
  fc.assert(
    fc.property(value, (original) => assert.deepEqual(parseJson(printJson(original)), original)),
  );
});

test('long numbers keep every digit, wherever they stand', () => {
  const max = 2n ** 128n - 1n;
  assert.equal(parseJson(String(max)), max);
  assert.deepEqual(parseJson(`[${max}, {"a":\n${max}}]`), [max, { a: max }]);
  assert.deepEqual(parseJson('{"a":9007199254740991}'), { a: 9007199254740991 });
  assert.deepEqual(parseJson('{"a":9007199254740993}'), { a: 9007199254740993n });
  assert.equal(parseJson('0.1234567890123456'), 0.1234567890123456);
  assert.equal(printJson({ a: 2n ** 64n - 1n }), '{"a":18446744073709551615}');
});

test('what is no JSON is a syntax error, in both ways of reading', () => {
  for (const text of ['', '{', '[1,]', 'nul', '"\n"', '12345678901234567890,', '{"a":01}']) {
    assert.throws(() => parseJson(text), SyntaxError, text);
  }
});

test('texts stay as they are, also those that look like numbers', () => {
  const max = 2n ** 64n - 1n;
  for (const text of [String(max), `,${max}`, `\\",${max}`, `"${max}"`, '\\', '\\\\"', '\u2028']) {
    const value = { [text]: text, number: max };
    assert.deepEqual(parseJson(printJson(value)), value);
  }
  const long = { text: `${'x'.repeat(20_000_000)}1234567890123456789`, number: max };
  assert.deepEqual(parseJson(printJson(long)), long);
});

test('numbers that are not whole are read as doubles', () => {
  for (const text of ['1234567890123456789.5', '1234567890123456789e2', '1e30', '-0.5']) {
    assert.equal(parseJson(`[${text}]`)?.[0 as never], Number(text), text);
  }
});
