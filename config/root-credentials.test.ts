import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRootCredentials } from './root-credentials.ts';

test('credentials come from the environment, the VELTRO ones first', () => {
  const environment = {
    IGGY_ROOT_USERNAME: 'old',
    IGGY_ROOT_PASSWORD: 'older',
    VELTRO_ROOT_USERNAME: 'new',
  };
  assert.deepEqual(readRootCredentials(environment, false), {
    credentials: { username: 'new', password: 'older' },
    problems: [],
    warnings: [],
  });
  assert.equal(readRootCredentials({}, false).credentials, undefined);
});

test('the default credentials fill in what is unset', () => {
  const iggy = { username: 'iggy', password: 'iggy' };
  assert.deepEqual(readRootCredentials({}, true).credentials, iggy);
  const half = readRootCredentials({ VELTRO_ROOT_PASSWORD: 'other' }, true);
  assert.deepEqual(half.credentials, { username: 'iggy', password: 'other' });
  const both = { VELTRO_ROOT_USERNAME: 'admin', VELTRO_ROOT_PASSWORD: 'other' };
  assert.deepEqual(readRootCredentials(both, true).warnings, [
    'The default root credentials are ignored: the environment gives others.',
  ]);
});

test('one alone is refused', () => {
  assert.deepEqual(readRootCredentials({ IGGY_ROOT_PASSWORD: 'secret' }, false).problems, [
    'VELTRO_ROOT_USERNAME is missing: the root user name and password go together.',
  ]);
});

test('lengths are counted in bytes, and no sentence shows a value', () => {
  const tooShort = { VELTRO_ROOT_USERNAME: 'ab', VELTRO_ROOT_PASSWORD: 'xy' };
  assert.deepEqual(readRootCredentials(tooShort, false).problems, [
    'The root user name has 2 bytes, but it must have 3 to 50.',
    'The root password has 2 bytes, but it must have 3 to 100.',
  ]);
  const tooLong = { VELTRO_ROOT_USERNAME: 'ü'.repeat(26), VELTRO_ROOT_PASSWORD: 'p'.repeat(101) };
  const { problems } = readRootCredentials(tooLong, false);
  assert.match(problems[0], /has 52 bytes/);
  assert.match(problems[1], /has 101 bytes/);
});
