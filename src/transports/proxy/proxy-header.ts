import { isIPv4, isIPv6 } from 'node:net';
import { proxyHeaderBytesMax } from '../../wire/limits.ts';

/**
 * What a load balancer says in front of a connection: the PROXY protocol of HAProxy, version 1
 * (text) or 2 (binary).
 */
export interface ProxyHeader {
  /** The client; undefined when the balancer speaks for itself or does not know it. */
  readonly source: { readonly host: string; readonly port: number } | undefined;
  /** Bytes of the header; what follows is the client's. */
  readonly bytes: number;
}

/** The bytes cannot be the beginning of a connection that a load balancer has opened. */
export class ProxyHeaderError extends Error {
  constructor(detail: string) {
    super(`no PROXY protocol header: ${detail}`);
    this.name = 'ProxyHeaderError';
  }
}

const TEXT_START = Buffer.from('PROXY ');
const TEXT_END = Buffer.from('\r\n');
/** The longest line of version 1 with its end. */
const TEXT_BYTES_MAX = 107;
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n');
const FIXED_BYTES = 16;
const VERSION_2 = 0x2;
const commands = { local: 0x0, proxy: 0x1 } as const;
/** Family and kind of the addresses, and how many bytes they take. */
const families = {
  tcp4: { code: 0x11, hostBytes: 4, bytes: 12 },
  tcp6: { code: 0x21, hostBytes: 16, bytes: 36 },
} as const;

/**
 * Reads the header at the beginning of a connection. Undefined when there may be more to come.
 * Throws `ProxyHeaderError` as soon as it cannot become a header any more.
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  if (startsAlike(bytes, SIGNATURE)) return readBinary(bytes);
  if (startsAlike(bytes, TEXT_START)) return readText(bytes);
  throw new ProxyHeaderError('the connection begins with something else');
}

/** True when one of both begins with the other. */
function startsAlike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.byteLength, start.byteLength);
  return bytes.subarray(0, length).equals(start.subarray(0, length));
}

function readText(bytes: Buffer): ProxyHeader | undefined {
  const end = bytes.subarray(0, TEXT_BYTES_MAX).indexOf(TEXT_END);
  if (end < 0) {
    if (bytes.byteLength < TEXT_BYTES_MAX) return undefined;
    throw new ProxyHeaderError(`the line has more than ${TEXT_BYTES_MAX} bytes`);
  }
  const line = bytes.toString('latin1', 0, end);
  const total = end + TEXT_END.byteLength;
  const [, family, host, target, port, targetPort, ...more] = line.split(' ');
  if (family === 'UNKNOWN') return { source: undefined, bytes: total };
  const isHost = { TCP4: isIPv4, TCP6: isIPv6 }[family];
  const isWhole = isHost?.(host) && isHost(target) && isPort(port) && isPort(targetPort);
  if (!isWhole || more.length > 0) throw new ProxyHeaderError(`"${line}" cannot be read`);
  return { source: { host, port: Number(port) }, bytes: total };
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) < 2 ** 16;
}

function readBinary(bytes: Buffer): ProxyHeader | undefined {
  if (bytes.byteLength < FIXED_BYTES) return undefined;
  const version = bytes[12] >> 4;
  const command = bytes[12] & 0xf;
  if (version !== VERSION_2) throw new ProxyHeaderError(`version ${version} is not known`);
  const total = FIXED_BYTES + bytes.readUInt16BE(14);
  if (total > proxyHeaderBytesMax) {
    throw new ProxyHeaderError(`it has ${total} bytes, the limit is ${proxyHeaderBytesMax}`);
  }
  if (bytes.byteLength < total) return undefined;
  if (command === commands.local) return { source: undefined, bytes: total };
  if (command !== commands.proxy) throw new ProxyHeaderError(`command ${command} is not known`);
  return { source: binarySource(bytes, total), bytes: total };
}

/** Undefined for families without an IP address, which a receiver takes as unknown. */
function binarySource(bytes: Buffer, total: number): ProxyHeader['source'] {
  const family = Object.values(families).find(({ code }) => code === bytes[13]);
  if (family === undefined) return undefined;
  if (total < FIXED_BYTES + family.bytes) throw new ProxyHeaderError('its addresses are cut off');
  const host = bytes.subarray(FIXED_BYTES, FIXED_BYTES + family.hostBytes);
  const port = bytes.readUInt16BE(FIXED_BYTES + 2 * family.hostBytes);
  return { host: family === families.tcp4 ? host.join('.') : printIPv6(host), port };
}

/** The short form, as the system prints it. */
function printIPv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
