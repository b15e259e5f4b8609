import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, targetOf } from './connection.ts';
import { UsageError } from './errors.ts';
import type { CommonOptions } from './options.ts';

const urlOf = (options: CommonOptions, environment = {}) => targetOf(options, environment).url;

test('without anything it is the local broker with its default account', () => {
  assert.equal(urlOf({}), 'iggy://iggy:iggy@127.0.0.1:8090');
});

test('the option beats the environment', () => {
  const environment = { VELTRO_SERVER: 'iggy://a:b@one:1' };
  assert.equal(urlOf({}, environment), 'iggy://a:b@one:1');
  assert.equal(urlOf({ server: 'two:2' }, environment), 'iggy://iggy:iggy@two:2');
  assert.equal(urlOf({}, { VELTRO_SERVER: '' }), 'iggy://iggy:iggy@127.0.0.1:8090');
});

test('hosts, ports and options of the address are kept', () => {
  assert.equal(urlOf({ server: 'iggy://[::1]' }), 'iggy://iggy:iggy@[::1]:8090');
  const withQuery = 'iggy+tcp://host:1?connectTimeoutMs=5';
  assert.equal(urlOf({ server: withQuery }), 'iggy://iggy:iggy@host:1?connectTimeoutMs=5');
});

test('credentials are taken from the options, then from the address', () => {
  const server = 'iggy://ann:p%40ss@host';
  assert.equal(urlOf({ server }), 'iggy://ann:p%40ss@host:8090');
  assert.equal(urlOf({ server, password: 'x/y' }), 'iggy://ann:x%2Fy@host:8090');
  assert.equal(urlOf({ server, username: 'bob', password: 'b' }), 'iggy://bob:b@host:8090');
  assert.equal(urlOf({ server, username: 'ann' }), 'iggy://ann:p%40ss@host:8090');
  assert.equal(urlOf({ password: 'other' }), 'iggy://iggy:other@127.0.0.1:8090');
});

test('what stands alone before the host is a token', () => {
  assert.equal(urlOf({ server: 'iggy://a/b+c=@host' }), 'iggy://a%2Fb%2Bc%3D@host:8090');
  const server = 'iggy://ann@host?tls=true';
  assert.equal(urlOf({ server }), 'iggy://ann@host:8090?tls=true');
  assert.equal(urlOf({ server, password: 'x' }), 'iggy://ann:x@host:8090?tls=true');
  assert.equal(
    urlOf({ server, username: 'bob', password: 'x' }),
    'iggy://bob:x@host:8090?tls=true',
  );
});

test('the password of one user is not tried for another', () => {
  const server = 'iggy://ann:secret@host';
  assert.throws(() => urlOf({ server, username: 'bob' }), /The password of bob is missing/);
  assert.throws(() => urlOf({ username: 'bob' }), /The password of bob is missing/);
});

test('transports that nobody speaks are named', () => {
  assert.throws(() => urlOf({ transport: 'smtp' }), /smtp is unknown; there are tcp, quic/);
  assert.throws(() => urlOf({ transport: 'smtp' }), /smtp is unknown; there are tcp, quic/);
  assert.throws(() => urlOf({ server: 'iggy+smtp://host' }), /must start with iggy:/);
});

test('the transport comes from the option, then from the scheme', () => {
  assert.equal(urlOf({ transport: 'tcp' }), urlOf({}));
  assert.equal(urlOf({ transport: 'quic' }), 'iggy+quic://iggy:iggy@127.0.0.1:8080');
  assert.equal(urlOf({ transport: 'http' }), 'iggy+http://iggy:iggy@127.0.0.1:3000');
  assert.equal(urlOf({ server: 'iggy+quic://a:b@host' }), 'iggy+quic://a:b@host:8080');
  assert.equal(urlOf({ transport: 'ws' }), 'iggy+ws://iggy:iggy@127.0.0.1:8092');
  assert.equal(urlOf({ server: 'iggy+wss://a:b@host' }), 'iggy+wss://a:b@host:8092');
  const server = 'iggy+quic://a:b@host:1';
  assert.equal(urlOf({ server, transport: 'tcp' }), 'iggy://a:b@host:1');
});

test('an address that is none is refused without repeating it', () => {
  for (const server of ['iggy://', 'iggy://a:secret@', 'iggy://a:secret@host:port']) {
    assert.throws(
      () => urlOf({ server }),
      (error) => error instanceof UsageError && !error.message.includes('secret'),
    );
  }
  assert.throws(() => urlOf({ server: 'redis://host' }), /must start with iggy:\/\//);
});

test('sentences show the address without credentials', () => {
  assert.equal(addressOf('iggy://ann:secret@[::1]:8090'), '[::1]:8090');
});
