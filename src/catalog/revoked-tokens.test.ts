import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageOf, stateOf } from './snapshot.ts';
import { CatalogState } from './state.ts';

test('a revoked token is remembered until it has expired, and only once', () => {
  const state = new CatalogState();
  const revoke = (id: string, expiresAt: number, now: number) =>
    state.apply({ type: 'access_token.revoke', id, expiresAt, now });
  revoke('a', 100, 50);
  revoke('b', 200, 60);
  assert.throws(() => revoke('a', 100, 70), /revoked already/);
  assert.deepEqual(
    [...state.revokedTokens].map(({ id }) => id),
    ['a', 'b'],
  );
  revoke('c', 300, 101);
  assert.equal(state.revokedTokens.has('a'), false);
  assert.equal(state.revokedTokens.size, 2);
});

test('a snapshot keeps revoked tokens, and one of an older version has none', () => {
  const state = new CatalogState();
  state.apply({ type: 'access_token.revoke', id: 'a', expiresAt: 100, now: 1 });
  const image = imageOf(state);
  assert.equal(stateOf(image).revokedTokens.has('a'), true);
  const { revokedTokens: _, ...older } = image;
  assert.equal(stateOf(older).revokedTokens.size, 0);
});
