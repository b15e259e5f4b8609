import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { encryptionKeyBytes, threadsMax } from '../src/wire/limits.ts';
import { type Address, parseAddress, printAddress } from './address.ts';
import { parseByteSize, printByteSize } from './byte-size.ts';
import { parseDuration, printDuration } from './duration.ts';
import { FormatError } from './format-error.ts';
import type { Table } from './nest.ts';
import { type Network, parseNetworks, printNetworks } from './networks.ts';
import {
  parseExpiry,
  parseTopicSize,
  printExpiry,
  printTopicSize,
  serverDefault,
} from './retention.ts';
import { parseList } from './string-list.ts';
import { parseTrustedIssuers, printTrustedIssuers, type TrustedIssuer } from './trusted-issuers.ts';

/** What a key may add to its format. Bounds are inclusive and in the format's resolved unit. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
  readonly multipleOf?: number;
  readonly choices?: readonly string[];
}

/** A resolved value: bytes, milliseconds, a count, a flag, a text, an address or a list. */
export type ConfigValue =
  | number
  | boolean
  | string
  | Address
  | readonly string[]
  | readonly TrustedIssuer[]
  | readonly Network[];

/** A value as a file holds it. */
export type PrintedValue = string | number | boolean | readonly string[] | readonly Table[];

/** How the values of a kind are written, checked and printed; `print` writes what `parse` reads. */
export interface Format<Value extends ConfigValue = ConfigValue> {
  /** One phrase for the reference page. */
  readonly summary: string;
  /** @throws FormatError with what is allowed. */
  parse(raw: unknown, bounds: Bounds): Value;
  print(value: Value): PrintedValue;
}

function checkBounds(value: number, bounds: Bounds, print: (bound: number) => unknown): number {
  const { min, max, multipleOf } = bounds;
  if (min !== undefined && value < min) throw new FormatError(`must be at least ${print(min)}`);
  if (max !== undefined && value > max) throw new FormatError(`must be at most ${print(max)}`);
  if (multipleOf !== undefined && value % multipleOf !== 0) {
    throw new FormatError(`must be a multiple of ${print(multipleOf)}`);
  }
  return value;
}

function parseFlag(raw: unknown): boolean {
  const text = String(raw).trim().toLowerCase();
  if (text !== 'true' && text !== 'false') throw new FormatError('must be true or false');
  return text === 'true';
}

function parseCount(raw: unknown, bounds: Bounds): number {
  const value = typeof raw === 'string' && /^\s*\d+\s*$/.test(raw) ? Number(raw) : raw;
  if (!Number.isSafeInteger(value)) throw new FormatError('must be a whole number');
  return checkBounds(value as number, bounds, String);
}

function parsePath(raw: unknown): string {
  if (typeof raw !== 'string' || raw.trim() === '' || raw.includes('\0')) {
    throw new FormatError('must be a path');
  }
  return resolve(raw);
}

/**
 * The bytes of a key that is written in base64, as the reference has it; white space around it is
 * ignored. Undefined when it is anything else.
 */
export function encryptionKeyOf(text: string): Uint8Array | undefined {
  const key = Buffer.from(text.trim(), 'base64');
  const isWhole = key.byteLength === encryptionKeyBytes && key.toString('base64') === text.trim();
  return isWhole ? key : undefined;
}

function parseEncryptionKey(raw: unknown): string {
  if (raw === '') return '';
  if (typeof raw !== 'string' || encryptionKeyOf(raw) === undefined) {
    throw new FormatError(`must be ${encryptionKeyBytes} bytes in base64`);
  }
  return raw.trim();
}

function parseText(raw: unknown): string {
  if (typeof raw !== 'string' || raw.trim() === '') throw new FormatError('must be a text');
  return raw.trim();
}

function parseSecret(raw: unknown): string {
  if (typeof raw !== 'string') throw new FormatError('must be a text');
  return raw.trim();
}

/** Names of algorithms have capitals, which people need not get right. */
function parseAlgorithm(raw: unknown, { choices = [] }: Bounds): string {
  const wanted = String(raw).trim().toLowerCase();
  const found = choices.find((choice) => choice.toLowerCase() === wanted);
  if (found === undefined) throw new FormatError(`must be one of ${choices.join(', ')}`);
  return found;
}

function parseUrl(raw: unknown): string {
  const text = parseSecret(raw);
  if (text === '') return '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new FormatError('must be a URL that begins with http:// or https://');
  }
  return text;
}

function parseFolder(raw: unknown): string {
  if (typeof raw !== 'string' || !/^[\w-][\w.-]*$/.test(raw)) {
    throw new FormatError('must be the name of a folder: letters, digits, "_", "-" and "."');
  }
  return raw;
}

function parseChoice(raw: unknown, { choices = [] }: Bounds): string {
  const value = typeof raw === 'string' ? raw.trim().toLowerCase() : undefined;
  if (value === undefined || !choices.includes(value)) {
    throw new FormatError(`must be one of ${choices.join(', ')}`);
  }
  return value;
}

function parseOwnExpiry(raw: unknown): number {
  const expiry = parseExpiry(raw);
  if (expiry === serverDefault) {
    throw new FormatError('must be a duration or "never_expire": this is the server default');
  }
  return expiry;
}

function parseOwnTopicSize(raw: unknown): number {
  const size = parseTopicSize(raw);
  if (size === serverDefault) {
    throw new FormatError('must be a byte size or "unlimited": this is the server default');
  }
  return size;
}

const threadsExpectation =
  'must be "auto", "all", a number of threads or a range "first..end" (end not included) ' +
  `that gives 1 to ${threadsMax} threads`;

function requestedThreads(text: string, cores: number): number {
  if (text === 'auto') return Math.min(Math.max(cores - 1, 1), threadsMax);
  if (text === 'all') return Math.min(cores, threadsMax);
  const range = /^(\d+)\.\.(\d+)$/.exec(text);
  if (range !== null) return Number(range[2]) - Number(range[1]);
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/**
 * Shard workers of a `system.sharding.cpu_allocation`: `auto` is all cores but one, at least one.
 * @throws FormatError when it is no allocation or gives no thread or too many.
 */
export function parseThreads(raw: unknown, cores = availableParallelism()): number {
  const text = typeof raw === 'number' ? String(raw) : raw;
  const threads = typeof text === 'string' ? requestedThreads(text.trim(), cores) : Number.NaN;
  if (!(threads >= 1 && threads <= threadsMax)) throw new FormatError(threadsExpectation);
  return threads;
}

const AUTO = 'auto';
/** Stands for `auto` until the values that it follows from are known. */
export const AUTO_BYTES = 0;

/** A format with its value type forgotten, so that one table holds all of them. */
function define<Value extends ConfigValue>(format: Format<Value>): Format {
  return format as unknown as Format;
}

/** Every format of the configuration by the name that the schema uses. */
export const formats = {
  flag: define<boolean>({
    summary: 'true or false',
    parse: parseFlag,
    print: (value) => value,
  }),
  count: define<number>({
    summary: 'whole number',
    parse: parseCount,
    print: (value) => value,
  }),
  path: define<string>({
    summary: 'path',
    parse: parsePath,
    print: (value) => value,
  }),
  'optional-path': define<string>({
    summary: 'path, or empty',
    parse: (raw) => (raw === '' ? '' : parsePath(raw)),
    print: (value) => value,
  }),
  'encryption-key': define<string>({
    summary: `${encryptionKeyBytes} bytes in base64, or empty`,
    parse: parseEncryptionKey,
    print: (value) => value,
  }),
  folder: define<string>({
    summary: 'name of a folder',
    parse: parseFolder,
    print: (value) => value,
  }),
  choice: define<string>({
    summary: 'one of',
    parse: parseChoice,
    print: (value) => value,
  }),
  text: define<string>({
    summary: 'text',
    parse: parseText,
    print: (value) => value,
  }),
  secret: define<string>({
    summary: 'text, or empty',
    parse: parseSecret,
    print: (value) => value,
  }),
  url: define<string>({
    summary: 'URL with http or https, or empty',
    parse: parseUrl,
    print: (value) => value,
  }),
  algorithm: define<string>({
    summary: 'one of',
    parse: parseAlgorithm,
    print: (value) => value,
  }),
  list: define<readonly string[]>({
    summary: 'list of texts',
    parse: (raw, { choices }) => parseList(raw, choices),
    print: (value) => value,
  }),
  issuers: define<readonly TrustedIssuer[]>({
    summary: 'list of tables',
    parse: parseTrustedIssuers,
    print: printTrustedIssuers,
  }),
  'byte-size': define<number>({
    summary: 'byte size',
    parse: (raw, bounds) => checkBounds(parseByteSize(raw), bounds, printByteSize),
    print: printByteSize,
  }),
  'memory-size': define<number>({
    summary: 'byte size or `auto`',
    parse: (raw, bounds) =>
      raw === AUTO ? AUTO_BYTES : checkBounds(parseByteSize(raw), bounds, printByteSize),
    print: (value) => (value === AUTO_BYTES ? AUTO : printByteSize(value)),
  }),
  duration: define<number>({
    summary: 'duration',
    parse: (raw, bounds) => checkBounds(parseDuration(raw), bounds, printDuration),
    print: printDuration,
  }),
  expiry: define<number>({
    summary: 'duration or `never_expire`',
    parse: parseOwnExpiry,
    print: printExpiry,
  }),
  'topic-size': define<number>({
    summary: 'byte size or `unlimited`',
    parse: parseOwnTopicSize,
    print: printTopicSize,
  }),
  address: define<Address>({
    summary: '`IP:port`',
    parse: parseAddress,
    print: printAddress,
  }),
  networks: define<readonly Network[]>({
    summary: 'IP addresses and networks separated by commas, or empty',
    parse: parseNetworks,
    print: printNetworks,
  }),
  threads: define<number>({
    summary: '`auto`, `all`, a number or a range',
    parse: (raw) => parseThreads(raw),
    print: (value) => value,
  }),
};

export type FormatName = keyof typeof formats;
