import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoginLimiter } from './login-limiter.ts';

const limits = { failuresPerAddress: 3, failuresPerUser: 5, periodMs: 1000 };

function limiter() {
  let nowMs = 0;
  const made = new LoginLimiter(limits, () => nowMs);
  const fail = (address: string, user: string | undefined, times: number) => {
    for (let time = 0; time < times; time++) made.onFailure({ address, user });
  };
  return { made, fail, wait: (ms: number) => (nowMs += ms) };
}

test('an address with too many failures may not try, whoever it claims to be', () => {
  const { made, fail, wait } = limiter();
  fail('10.0.0.1', 'ann', 2);
  assert.equal(made.mayTry({ address: '10.0.0.1', user: 'ann' }), true);
  fail('10.0.0.1', undefined, 1);
  assert.equal(made.mayTry({ address: '10.0.0.1', user: 'bob' }), false);
  assert.equal(made.mayTry({ address: '10.0.0.1' }), false);
  assert.equal(made.mayTry({ address: '10.0.0.2', user: 'ann' }), true);
  wait(1000 / 3 + 1);
  assert.equal(made.mayTry({ address: '10.0.0.1', user: 'bob' }), true);
});

test('a user with too many failures is open to addresses without any', () => {
  const { made, fail, wait } = limiter();
  fail('10.0.0.1', 'ann', 2);
  fail('10.0.0.2', 'ann', 2);
  fail('10.0.0.3', 'ann', 1);
  for (const [address, user, expected] of [
    ['10.0.0.1', 'ann', false],
    ['10.0.0.3', 'ann', false],
    ['10.0.0.3', 'bob', true],
    ['10.0.0.4', 'ann', true],
  ] as const) {
    assert.equal(made.mayTry({ address, user }), expected, `${address} ${user}`);
  }
  wait(201);
  assert.equal(made.mayTry({ address: '10.0.0.1', user: 'ann' }), true);
});

test('addresses of one IPv6 network count together, those of IPv4 each for itself', () => {
  for (const [first, second, isOne] of [
    ['2001:db8:0:1::1', '2001:db8:0:1:ffff::9', true],
    ['2001:db8::1', '2001:db8:0:0:7:7:7:7', true],
    ['2001:db8:0:1::1', '2001:db8:0:2::1', false],
    ['::1', '1::1', false],
    ['fe80::1%eth0', 'fe80::2', true],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.2', false],
    ['10.0.0.1', '10.0.0.2', false],
  ] as const) {
    const { made, fail } = limiter();
    fail(first, undefined, 3);
    assert.equal(made.mayTry({ address: second }), !isOne, `${first} ${second}`);
  }
});

test('the failure that closes the door is told, once', () => {
  const { made } = limiter();
  const attempt = { address: '10.0.0.1' };
  const news = [1, 2, 3, 4].map(() => made.onFailure(attempt));
  assert.deepEqual(news, [false, false, true, false]);
});
