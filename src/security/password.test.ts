import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { passwordsProvenMax } from '../wire/limits.ts';
import { Passwords } from './password.ts';

/** Passwords whose slow hash is a quick one that is counted and can be held up. */
function counted(hold: () => Promise<void> = async () => {}) {
  const derived: string[] = [];
  const passwords = new Passwords(async (password, salt) => {
    derived.push(password);
    await hold();
    return createHash('sha256').update(salt).update(password).digest();
  });
  return { passwords, derived };
}

test('a password is verified by its hash', async () => {
  const passwords = new Passwords();
  const stored = await passwords.hash('secret');
  assert.match(stored, /^scrypt\$16384\$8\$3\$/);
  assert.equal(await passwords.verify('secret', stored), true);
  assert.equal(await passwords.verify('Secret', stored), false);
  assert.equal(await passwords.verifyNothing('secret'), false);
});

test('a password that was right costs no slow hash again, a wrong one always does', async () => {
  const { passwords, derived } = counted();
  const stored = await passwords.hash('secret');
  derived.length = 0;
  for (const password of ['wrong', 'secret', 'secret', 'wrong', 'secret']) {
    assert.equal(await passwords.verify(password, stored), password === 'secret');
  }
  assert.deepEqual(derived, ['wrong', 'secret', 'wrong']);
});

test('a right password counts for the hash that it was checked against alone', async () => {
  const { passwords, derived } = counted();
  const [first, second] = [await passwords.hash('secret'), await passwords.hash('other')];
  assert.equal(await passwords.verify('secret', first), true);
  derived.length = 0;
  assert.equal(await passwords.verify('secret', second), false);
  assert.equal(await passwords.verify('other', second), true);
  assert.deepEqual(derived, ['secret', 'other']);
});

test('equal checks at the same time share one slow hash, and each is admitted', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { passwords, derived } = counted(() => held);
  const hashing = passwords.hash('secret');
  release();
  const stored = await hashing;
  derived.length = 0;
  let admitted = 0;
  const checks = ['secret', 'secret', 'wrong', 'wrong', 'secret'].map((password) =>
    passwords.verify(password, stored, () => {
      admitted++;
    }),
  );
  assert.deepEqual(await Promise.all(checks), [true, true, false, false, true]);
  assert.deepEqual(derived, ['secret', 'wrong']);
  assert.equal(admitted, 5);
});

test('a check that is called off leaves those that wait for it to another', async () => {
  const { passwords, derived } = counted();
  const stored = await passwords.hash('secret');
  derived.length = 0;
  const gone = new Error('gone');
  const first = passwords.verify('secret', stored, () => {
    throw gone;
  });
  const others = [passwords.verify('secret', stored), passwords.verify('secret', stored)];
  await assert.rejects(first, gone);
  assert.deepEqual(await Promise.all(others), [true, true]);
  assert.deepEqual(derived, ['secret']);
});

test('the passwords that are known to be right have a limit', async () => {
  const { passwords, derived } = counted();
  const hashes: string[] = [];
  for (let i = 0; i <= passwordsProvenMax; i++) hashes.push(await passwords.hash(`${i}`));
  for (const [i, stored] of hashes.entries()) assert.ok(await passwords.verify(`${i}`, stored));
  derived.length = 0;
  for (const i of [0, passwordsProvenMax]) assert.ok(await passwords.verify(`${i}`, hashes[i]));
  assert.deepEqual(derived, ['0']);
});
