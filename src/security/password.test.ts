import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { passwordsProvenMax } from '../wire/limits.ts';
import { Passwords } from './password.ts';

/** Passwords whose slow hash is a quick one that is counted and can be held up. */
function counted(hold: () => Promise<void> = async () => {}) {
  const derived: string[] = [];
  const passwords = new Passwords(async (password, salt, { N }) => {
    derived.push(N < 2 ** 14 ? `${password}, quickly` : password);
    await hold();
    return createHash('sha256').update(salt).update(password).digest();
  });
  return { passwords, derived };
}

/** A hash that another process has stored. */
function storedHash(password: string): Promise<string> {
  return counted().passwords.hash(password);
}

test('a password is verified by its hash', async () => {
  const stored = await new Passwords().hash('secret');
  const passwords = new Passwords();
  assert.match(stored, /^scrypt\$16384\$8\$3\$/);
  assert.equal(await passwords.verify('secret', stored), true);
  assert.equal(await passwords.verify('Secret', stored), false);
  assert.equal(await passwords.verifyNothing('secret'), false);
});

test('a password that was hashed costs no slow hash when it is used', async () => {
  const { passwords, derived } = counted();
  const stored = await passwords.hash('secret');
  assert.equal(await passwords.verify('secret', stored), true);
  assert.deepEqual(derived, ['secret']);
  assert.equal(await passwords.verify('wrong', stored), false);
  assert.equal(await passwords.verify('secret', await passwords.hash('other')), false);
  assert.deepEqual(derived, ['secret', 'wrong', 'other', 'secret']);
});

test('a quick hash is checked quickly, and a wrong password costs the slow one even so', async () => {
  const stored = await new Passwords().hashQuickly('known');
  assert.match(stored, /^scrypt\$1024\$/);
  const slow = new Passwords();
  assert.equal(await slow.verify('known', stored), true);
  assert.equal(await slow.verify('wrong', stored), false);
  const { passwords, derived } = counted();
  const quick = await counted().passwords.hashQuickly('known');
  for (const password of ['wrong', 'known']) await passwords.verify(password, quick);
  assert.deepEqual(derived, ['wrong, quickly', 'wrong', 'known, quickly']);
});

test('a password that was right costs no slow hash again, a wrong one always does', async () => {
  const { passwords, derived } = counted();
  const stored = await storedHash('secret');
  for (const password of ['wrong', 'secret', 'secret', 'wrong', 'secret']) {
    assert.equal(await passwords.verify(password, stored), password === 'secret');
  }
  assert.deepEqual(derived, ['wrong', 'secret', 'wrong']);
});

test('a right password counts for the hash that it was checked against alone', async () => {
  const { passwords, derived } = counted();
  const [first, second] = [await storedHash('secret'), await storedHash('other')];
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
  const stored = await storedHash('secret');
  let admitted = 0;
  const checks = ['secret', 'secret', 'wrong', 'wrong', 'secret'].map((password) =>
    passwords.verify(password, stored, () => {
      admitted++;
    }),
  );
  release();
  assert.deepEqual(await Promise.all(checks), [true, true, false, false, true]);
  assert.deepEqual(derived, ['secret', 'wrong']);
  assert.equal(admitted, 5);
});

test('a check that is called off leaves those that wait for it to another', async () => {
  const { passwords, derived } = counted();
  const stored = await storedHash('secret');
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
  for (let i = 0; i <= passwordsProvenMax; i++) hashes.push(await storedHash(`${i}`));
  for (const [i, stored] of hashes.entries()) assert.ok(await passwords.verify(`${i}`, stored));
  derived.length = 0;
  for (const i of [0, passwordsProvenMax]) assert.ok(await passwords.verify(`${i}`, hashes[i]));
  assert.deepEqual(derived, ['0']);
});
