import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAddress, printAddress } from './address.ts';

test('addresses of both families and localhost are read', () => {
  assert.deepEqual(parseAddress('127.0.0.1:8090'), { host: '127.0.0.1', port: 8090 });
  assert.deepEqual(parseAddress('[::1]:0'), { host: '::1', port: 0 });
  assert.deepEqual(parseAddress(' localhost:65535 '), { host: '127.0.0.1', port: 65_535 });
});

test('anything else is refused with a reason', () => {
  const refused = ['', '8090', ':8090', '127.0.0.1', '::1:8090', '[127.0.0.1]:1', 'broker:8090'];
  for (const raw of [...refused, '300.0.0.1:1', 'localhost:x', 8090, null]) {
    assert.throws(() => parseAddress(raw), /must be "IP:port"/, String(raw));
  }
  assert.throws(() => parseAddress('127.0.0.1:65536'), /a port of at most 65535/);
});

test('a printed address is read back unchanged', () => {
  const hosts = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(hosts, fc.nat({ max: 65_535 }), (host, port) => {
      assert.deepEqual(parseAddress(printAddress({ host, port })), { host, port });
    }),
  );
});
