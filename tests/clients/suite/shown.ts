import assert from 'node:assert/strict';

/** What a result must show: values, or conditions on them. Fields that are absent do not matter. */
export type Expected<Value> =
  | ((value: Value) => boolean)
  | (Value extends readonly (infer Item)[]
      ? readonly Expected<Item>[]
      : Value extends object
        ? { readonly [Field in keyof Value]?: Expected<Value[Field]> }
        : Value);

/**
 * Compares a result with what it must show. A field that the client leaves out is no error; its
 * path is answered. Throws for a field that has another value.
 */
export function assertShown<Value>(
  what: string,
  actual: Value,
  expected: Expected<Value>,
): string[] {
  const missing = new Set<string>();
  compare(what, actual, expected, missing);
  return [...missing];
}

function compare(path: string, actual: unknown, expected: unknown, missing: Set<string>): void {
  if (actual === undefined) {
    missing.add(path.replaceAll(/\[\d+\]/g, ''));
  } else if (typeof expected === 'function') {
    assert.ok(expected(actual), `${path} is ${JSON.stringify(actual)}`);
  } else if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual), `${path} is ${JSON.stringify(actual)}, not a list`);
    assert.equal(actual.length, expected.length, `${path} has ${actual.length} entries`);
    for (const [index, item] of expected.entries()) {
      compare(`${path}[${index}]`, actual[index], item, missing);
    }
  } else if (typeof expected === 'object' && expected !== null) {
    compareFields(path, actual, expected, missing);
  } else {
    assert.equal(actual, expected, `${path} is ${JSON.stringify(actual)}, not ${expected}`);
  }
}

function compareFields(
  path: string,
  actual: unknown,
  expected: object,
  missing: Set<string>,
): void {
  assert.ok(typeof actual === 'object' && actual !== null, `${path} is ${JSON.stringify(actual)}`);
  for (const [field, value] of Object.entries(expected)) {
    compare(`${path}.${field}`, (actual as Record<string, unknown>)[field], value, missing);
  }
}
