import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrustedNetworks } from './trusted-networks.ts';

test('addresses count as trusted inside a network, also IPv4 written as IPv6', () => {
  const trusted = new TrustedNetworks([
    { address: '10.1.0.0', bits: 16, family: 'ipv4' },
    { address: 'fd00::', bits: 8, family: 'ipv6' },
    { address: '::1', bits: 128, family: 'ipv6' },
  ]);
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '::1']) {
    assert.equal(trusted.has(address), true, address);
  }
  for (const address of ['10.2.0.1', '::ffff:10.2.0.1', 'fe80::1', '::2', '']) {
    assert.equal(trusted.has(address), false, address);
  }
  assert.equal(new TrustedNetworks([]).has('127.0.0.1'), false);
});
