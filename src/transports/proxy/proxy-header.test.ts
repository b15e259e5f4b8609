import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { proxyHeaderBytesMax } from '../../wire/limits.ts';
import { ProxyHeaderError, readProxyHeader } from './proxy-header.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';

/** A header of version 2: version and command, family, addresses and what is behind them. */
function binary(versionAndCommand: string, family: string, body: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length / 2);
  return Buffer.from(
    `${SIGNATURE}${versionAndCommand}${family}${length.toString('hex')}${body}`,
    'hex',
  );
}

const tcp4 = 'c0000201c633640a1f4a1f9a';
const tcp6 = '20010db8000000000000000000000001'.concat('fd'.padEnd(32, '0'), '1f4a1f9a');

const sound: readonly [string, Buffer, string | undefined][] = [
  ['text, IPv4', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.10 8010 8090\r\n'), '192.0.2.1 8010'],
  ['text, IPv6', Buffer.from('PROXY TCP6 2001:db8::1 fd00::1 8010 0\r\n'), '2001:db8::1 8010'],
  ['text, unknown', Buffer.from('PROXY UNKNOWN\r\n'), undefined],
  ['text, unknown with more', Buffer.from('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n'), undefined],
  ['binary, IPv4', binary('21', '11', tcp4), '192.0.2.1 8010'],
  ['binary, IPv6', binary('21', '21', tcp6), '2001:db8::1 8010'],
  ['binary with more behind', binary('21', '11', `${tcp4}030004abcdef01`), '192.0.2.1 8010'],
  ['binary, the balancer itself', binary('20', '00', ''), undefined],
  ['binary, the balancer itself, with addresses', binary('20', '11', tcp4), undefined],
  ['binary, no address', binary('21', '00', ''), undefined],
  ['binary, a UNIX socket', binary('21', '31', '00'.repeat(216)), undefined],
];

describe('A PROXY protocol header', () => {
  for (const [name, header, source] of sound) {
    it(`is read when it is whole and not before: ${name}`, () => {
      for (let length = 0; length < header.byteLength; length++) {
        assert.equal(readProxyHeader(header.subarray(0, length)), undefined);
      }
      for (const behind of [Buffer.alloc(0), Buffer.from('PROXY \r\n and a request')]) {
        const found = readProxyHeader(Buffer.concat([header, behind]));
        assert.equal(found?.bytes, header.byteLength);
        const { host, port } = found?.source ?? {};
        assert.equal(host && `${host} ${port}`, source);
      }
    });
  }

  const refused: readonly [string, Buffer][] = [
    ['something else', Buffer.from('GET / HTTP/1.1\r\n')],
    ['a request of the binary protocol', Buffer.from([4, 0, 0, 0, 1, 0, 0, 0])],
    ['a line without an end', Buffer.from(`PROXY TCP4 ${'1'.repeat(200)}`)],
    ['a family that is none', Buffer.from('PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n')],
    ['an address of the other family', Buffer.from('PROXY TCP4 ::1 ::1 1 2\r\n')],
    ['an address that is none', Buffer.from('PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n')],
    ['a port that is none', Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n')],
    ['a port with zeros', Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n')],
    ['a missing port', Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n')],
    ['a word too many', Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n')],
    ['version 3', binary('31', '11', tcp4)],
    ['a command that is none', binary('22', '11', tcp4)],
    ['addresses that are cut off', binary('21', '11', tcp4.slice(2))],
    ['IPv6 with the bytes of IPv4', binary('21', '21', tcp4)],
    ['more than the limit', binary('21', '11', '00'.repeat(proxyHeaderBytesMax - 15))],
  ];
  for (const [name, bytes] of refused) {
    it(`is refused: ${name}`, () => {
      assert.throws(() => readProxyHeader(bytes), ProxyHeaderError);
    });
  }

  it('of any bytes is read, awaited or refused, and never longer than what is there', () => {
    const starts = fc.constantFrom('', 'PROXY ', 'PROXY TCP4 ').map((text) => Buffer.from(text));
    const heads = fc.constantFrom(SIGNATURE, `${SIGNATURE}21`, `${SIGNATURE}2111000c`);
    const start = fc.oneof(
      starts,
      heads.map((hex) => Buffer.from(hex, 'hex')),
    );
    const property = fc.property(start, fc.uint8Array({ maxLength: 300 }), (front, rest) => {
      const bytes = Buffer.concat([front, rest]);
      try {
        const found = readProxyHeader(bytes);
        if (found !== undefined) assert.ok(found.bytes <= bytes.byteLength);
        else assert.ok(bytes.byteLength < proxyHeaderBytesMax);
      } catch (error) {
        assert.ok(error instanceof ProxyHeaderError);
      }
    });
    fc.assert(property, { numRuns: 2000 });
  });
});
