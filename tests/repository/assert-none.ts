import assert from 'node:assert/strict';

/** Fails with all that was found, one a line. */
export function assertNone(found: readonly (string | undefined)[], rule: string): void {
  const present = found.filter((line) => line !== undefined);
  assert.equal(present.length, 0, `${rule}:\n${present.join('\n')}`);
}
