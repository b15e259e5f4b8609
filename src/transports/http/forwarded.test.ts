import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrustedNetworks } from '../proxy/trusted-networks.ts';
import { clientOf } from './forwarded.ts';
import type { HostRequest } from './host/host.ts';

const balancers = new TrustedNetworks([
  { address: '127.0.0.1', bits: 32, family: 'ipv4' },
  { address: '10.0.0.0', bits: 8, family: 'ipv4' },
]);

function client(peer: string, forwarded?: string, trusted = balancers): string {
  const header = (name: string) => (name === 'x-forwarded-for' ? forwarded : undefined);
  return clientOf({ peer, header } as unknown as HostRequest, trusted);
}

test('a trusted balancer tells the client: the last address that is no balancer', () => {
  assert.equal(client('127.0.0.1:5', '192.0.2.1'), '192.0.2.1:0');
  assert.equal(client('127.0.0.1:5', '6.6.6.6, 192.0.2.1, 10.3.4.5'), '192.0.2.1:0');
  assert.equal(client('10.0.0.1:5', '2001:db8::1'), '[2001:db8::1]:0');
});

test('nobody else is believed, and neither is what cannot be read', () => {
  assert.equal(client('192.0.2.9:5', '192.0.2.1'), '192.0.2.9:5');
  assert.equal(client('[2001:db8::9]:5', '192.0.2.1'), '[2001:db8::9]:5');
  for (const forwarded of [undefined, '', 'nonsense', '192.0.2.1, nonsense', '10.1.1.1']) {
    assert.equal(client('127.0.0.1:5', forwarded), '127.0.0.1:5', forwarded);
  }
  assert.equal(client('127.0.0.1:5', '192.0.2.1', new TrustedNetworks([])), '127.0.0.1:5');
});
