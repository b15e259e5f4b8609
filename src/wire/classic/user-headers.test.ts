import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { status } from '../status.ts';
import { WireError } from '../wire-error.ts';
import {
  decodeUserHeaders,
  encodeUserHeaders,
  type HeaderKind,
  type HeaderValue,
  headerKinds,
  type TypedHeaderValue,
} from './user-headers.ts';

const integerBits: Partial<Record<HeaderKind, number>> = {
  int8: 8,
  int16: 16,
  int32: 32,
  uint8: 8,
  uint16: 16,
  uint32: 32,
};
const bigintBits: Partial<Record<HeaderKind, number>> = {
  int64: 64,
  int128: 128,
  uint64: 64,
  uint128: 128,
};

function valuesOf(kind: HeaderKind): fc.Arbitrary<TypedHeaderValue['value']> {
  const signed = kind.startsWith('int');
  const bits = integerBits[kind];
  if (bits !== undefined) {
    return fc.integer({
      min: signed ? -(2 ** (bits - 1)) : 0,
      max: signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1,
    });
  }
  const wide = BigInt(bigintBits[kind] ?? 0);
  if (wide > 0n) {
    return fc.bigInt({
      min: signed ? -(2n ** (wide - 1n)) : 0n,
      max: signed ? 2n ** (wide - 1n) - 1n : 2n ** wide - 1n,
    });
  }
  if (kind === 'raw') return fc.uint8Array({ minLength: 1, maxLength: 255 });
  if (kind === 'string') return fc.string({ minLength: 1, maxLength: 255 });
  if (kind === 'bool') return fc.boolean();
  return kind === 'float32' ? fc.float() : fc.double();
}

const typedValues = fc
  .constantFrom(...(Object.keys(headerKinds) as HeaderKind[]))
  .chain((kind) => valuesOf(kind).map((value): TypedHeaderValue => ({ kind, value })));

test('headers of every kind come back as they went in', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(typedValues, typedValues)), (pairs) => {
      const decoded = decodeUserHeaders(new Uint8Array(encodeUserHeaders(pairs)));
      assert.deepStrictEqual(
        decoded,
        pairs.map(([key, value]) => ({ key, value })),
      );
    }),
  );
});

test('a value without a kind gets the smallest kind that gives its type back', () => {
  const expected: readonly (readonly [HeaderValue, HeaderKind])[] = [
    ['text', 'string'],
    [true, 'bool'],
    [-1, 'int32'],
    [2 ** 31, 'float64'],
    [-0, 'float64'],
    [0.5, 'float64'],
    [-1n, 'int64'],
    [2n ** 63n, 'uint64'],
    [2n ** 64n, 'int128'],
    [2n ** 127n, 'uint128'],
    [new Uint8Array([7]), 'raw'],
  ];
  for (const [value, kind] of expected) {
    const [header] = decodeUserHeaders(encodeUserHeaders([['key', value]]));
    assert.equal(header.key.kind, 'string');
    assert.equal(header.value.kind, kind);
    assert.deepEqual(header.value.value, value instanceof Uint8Array ? Buffer.from(value) : value);
  }
});

test('a value that its kind cannot hold is refused', () => {
  const values: readonly HeaderValue[] = [
    '',
    'x'.repeat(256),
    new Uint8Array(0),
    2n ** 128n,
    -(2n ** 127n) - 1n,
    { kind: 'uint8', value: 256 },
    { kind: 'int8', value: -129 },
    { kind: 'uint16', value: 1.5 },
    { kind: 'uint64', value: -1n },
    { kind: 'uint64', value: 1 },
    { kind: 'bool', value: 1 },
    { kind: 'string', value: 7 },
    { kind: 'raw', value: 'text' },
    { kind: 'missing' as HeaderKind, value: 7 },
  ];
  for (const value of values) {
    assert.throws(() => encodeUserHeaders([['key', value]]), { code: status.InvalidHeaderValue });
    assert.throws(() => encodeUserHeaders([[value, 'v']]), { code: status.InvalidHeaderKey });
  }
});

test('malformed headers are refused with the status of what is wrong', () => {
  const key = '02010000006b';
  const cases: readonly (readonly [string, number])[] = [
    ['00010000006b', status.InvalidHeaderKind],
    ['10010000006b', status.InvalidHeaderKind],
    [`${key}00010000006b`, status.InvalidHeaderKind],
    ['0200000000', status.InvalidHeaderKey],
    ['0200010000', status.InvalidHeaderKey],
    ['02', status.InvalidHeaderKey],
    ['0202000000ff', status.InvalidHeaderKey],
    ['0201000000ff', status.InvalidHeaderKey],
    [key, status.InvalidHeaderValue],
    [`${key}02000000`, status.InvalidHeaderValue],
    [`${key}0b03000000010203`, status.InvalidHeaderValue],
    [`${key}03020000000101`, status.InvalidHeaderValue],
    [`${key}0201000000ff`, status.InvalidHeaderValue],
    [`${key}02010000007602`, status.InvalidHeaderKey],
  ];
  for (const [hex, code] of cases) {
    assert.throws(() => decodeUserHeaders(Buffer.from(hex, 'hex')), { code }, hex);
  }
});

test('random bytes give headers or a WireError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        decodeUserHeaders(bytes);
      } catch (error) {
        assert.ok(error instanceof WireError);
      }
    }),
  );
});
