import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserQuota } from './user-quota.ts';

test('there is only so much of one user and of all', () => {
  const quota = new UserQuota('things', { all: 5, user: 2 });
  const take = (userId: number) => {
    quota.assertRoom(userId);
    quota.take(userId);
  };
  take(1);
  take(1);
  assert.throws(() => take(1), { httpStatus: 429, message: /2 things of one user at most/ });
  quota.give(1);
  take(1);
  for (const userId of [2, 2, 3]) take(userId);
  assert.throws(() => take(4), { httpStatus: 429, message: /5 things at most/ });
  for (const userId of [1, 1, 2, 2, 3]) quota.give(userId);
  assert.equal(quota.count, 0);
  take(4);
});
