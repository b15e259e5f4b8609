import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../config/config.ts';
import { CommandError, exitCodeOf, sentenceOf, UsageError } from './errors.ts';

test('wrong usage is 2, every other failure 1', () => {
  assert.equal(exitCodeOf(new UsageError('x')), 2);
  assert.equal(exitCodeOf(new ConfigError(['x'])), 2);
  assert.equal(exitCodeOf(new CommandError('x')), 1);
  assert.equal(exitCodeOf(new Error('x')), 1);
  assert.equal(exitCodeOf('x'), 1);
});

test('errors of the system become advice', () => {
  const details = { address: '127.0.0.1', port: 8090 };
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED', ...details });
  assert.match(
    sentenceOf(refused),
    /^Nothing is listening on 127\.0\.0\.1:8090; start a broker, or give/,
  );
  const inUse = Object.assign(new Error('listen'), { code: 'EADDRINUSE', ...details });
  assert.match(
    sentenceOf(inUse),
    /^Another program listens on 127\.0\.0\.1:8090 already; choose another with --tcp/,
  );
  assert.match(sentenceOf(Object.assign(inUse, { syscall: 'bind' })), /another with --quic/);
  const missing = Object.assign(new Error('open'), { code: 'ENOENT', path: '/nowhere' });
  assert.equal(sentenceOf(missing), '/nowhere does not exist.');
  const denied = Object.assign(new Error('open'), { code: 'EACCES', path: '/root/x' });
  assert.equal(sentenceOf(denied), 'Access to /root/x is not permitted.');
});

test('the cause is told when it says more', () => {
  const cause = Object.assign(new Error('listen'), { code: 'ENOSPC' });
  assert.equal(sentenceOf(new Error('The broker stopped', { cause })), 'The disk is full.');
  assert.equal(sentenceOf(new Error('It failed', { cause: new Error('why') })), 'It failed.');
});

test('every other error is its message with a full stop', () => {
  assert.equal(sentenceOf(new CommandError('It is so')), 'It is so.');
  assert.equal(sentenceOf(new CommandError('It is so.')), 'It is so.');
  assert.equal(sentenceOf(new Error('')), 'Error.');
  assert.equal(sentenceOf('text'), 'text.');
});
