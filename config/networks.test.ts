import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from './format-error.ts';
import { parseNetworks, printNetworks } from './networks.ts';

test('addresses and networks of both families are read, and printed to be read again', () => {
  const networks = parseNetworks(' 127.0.0.1, 10.0.0.0/8,::1 , fd00::/8,0.0.0.0/0 ');
  assert.deepEqual(networks, [
    { address: '127.0.0.1', bits: 32, family: 'ipv4' },
    { address: '10.0.0.0', bits: 8, family: 'ipv4' },
    { address: '::1', bits: 128, family: 'ipv6' },
    { address: 'fd00::', bits: 8, family: 'ipv6' },
    { address: '0.0.0.0', bits: 0, family: 'ipv4' },
  ]);
  assert.deepEqual(parseNetworks(printNetworks(networks)), networks);
  assert.deepEqual(parseNetworks(''), []);
});

test('what is no network is refused and quoted', () => {
  for (const text of ['localhost', '10.0.0.0/33', '::1/129', '1.2.3.4/', '1.2.3.4/8/8', '1.2.3']) {
    assert.throws(
      () => parseNetworks(`127.0.0.1, ${text}`),
      (error: Error) => error instanceof FormatError && error.message.includes(`"${text}"`),
      text,
    );
  }
  assert.throws(() => parseNetworks(8), /must be a text/);
});
