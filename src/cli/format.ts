import { printByteSize } from '../../config/byte-size.ts';
import { printDuration } from '../../config/duration.ts';
import { UNLIMITED } from '../wire/classic/structures/topic.ts';

const MICROS_PER_MS = 1000n;
const HEX_BYTES_MAX = 32;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** ISO time, in UTC, of microseconds since 1970. */
export function isoTime(micros: bigint): string {
  const ms = Number(micros / MICROS_PER_MS);
  return new Date(ms).toISOString();
}

/** `YYYY-MM-DD HH:MM:SS` in UTC. */
export function shortTime(micros: bigint): string {
  return isoTime(micros).slice(0, 19).replace('T', ' ');
}

/** A message expiry of the protocol in words. */
export function expiryText(micros: bigint): string {
  if (micros === UNLIMITED) return 'never_expire';
  if (micros === 0n) return 'server_default';
  return printDuration(Number(micros / MICROS_PER_MS));
}

/** A size limit of the protocol in words. */
export function topicSizeText(bytes: bigint): string {
  if (bytes === UNLIMITED) return 'unlimited';
  return bytes === 0n ? 'server_default' : printByteSize(Number(bytes));
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A size for people, rounded: `1.5 MiB`. */
export function approximateSize(bytes: bigint | number): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** `3 messages`, `1 message`. */
export function counted(count: number | bigint, noun: string): string {
  return `${count} ${noun}${BigInt(count) === 1n ? '' : 's'}`;
}

/** Bytes as text with the way they are written. */
export interface PrintedBytes {
  readonly encoding: 'utf8' | 'hex' | 'base64';
  readonly text: string;
}

/** Text when it is UTF-8; else hexadecimal digits, or base64 where those would be many. */
export function printBytes(bytes: Uint8Array): PrintedBytes {
  try {
    return { encoding: 'utf8', text: utf8.decode(bytes) };
  } catch {
    const encoding = bytes.byteLength <= HEX_BYTES_MAX ? 'hex' : 'base64';
    return { encoding, text: Buffer.from(bytes).toString(encoding) };
  }
}
