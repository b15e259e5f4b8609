import * as v from 'valibot';
import { nameBytesMax } from '../../../wire/limits.ts';

/** A JSON Schema as far as it is written by hand. */
export type JsonSchema = Readonly<Record<string, unknown>>;

type Schema<Input, Output> = v.GenericSchema<Input, Output>;

const U8_MAX = 2 ** 8 - 1;
const U16_MAX = 2 ** 16 - 1;
const U32_MAX = 2 ** 32 - 1;

const TOO_LONG = `must have at most ${nameBytesMax} bytes in UTF-8`;
const shortEnough = v.check((value: string) => Buffer.byteLength(value) <= nameBytesMax, TOO_LONG);

/** What the documentation says of schemas; the key is the first part of the schema's pipe. */
const shownAs = new WeakMap<object, JsonSchema>();

/** Sets what the documentation says of a schema, where it cannot be told from the schema itself. */
export function shown<Input, Output>(
  schema: Schema<Input, Output>,
  json: JsonSchema,
): Schema<Input, Output> {
  const first = v.any();
  shownAs.set(first, json);
  return v.pipe(first, schema);
}

/** What `shown` has set for the first part of a pipe. */
export function shownOf(first: object): JsonSchema | undefined {
  return shownAs.get(first);
}

/** A whole number of so many bits, at most 32. */
function smallUint(max: number, json: JsonSchema = {}): Schema<number, number> {
  const isUint = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
  const schema = v.pipe(
    v.custom<number>(isUint, `must be a whole number from 0 to ${max}`),
    v.maxValue(max, `must be at most ${max}`),
  );
  return shown(schema, { type: 'integer', minimum: 0, maximum: max, ...json });
}

/** A whole number of so many bits: bigint here, any number in JSON. */
function bigUint(bits: 64 | 128, json: JsonSchema = {}): Schema<number | bigint, bigint> {
  const max = 2n ** BigInt(bits) - 1n;
  const isUint = (value: unknown) =>
    (typeof value === 'bigint' && value >= 0n && value <= max) ||
    (Number.isSafeInteger(value) && (value as number) >= 0);
  const schema = v.pipe(
    v.custom<number | bigint>(isUint, `must be a whole number from 0 to ${max}`),
    v.transform((value) => BigInt(value)),
  );
  return shown(schema, {
    type: 'integer',
    format: `uint${bits}`,
    minimum: 0,
    maximum: max,
    ...json,
  });
}

/** A whole number of 8 bits. */
export const u8 = smallUint(U8_MAX);
/** A whole number of 16 bits. */
export const u16 = smallUint(U16_MAX);
/** A whole number of 32 bits. */
export const u32 = smallUint(U32_MAX);
/** A whole number of 64 bits. */
export const u64 = bigUint(64);
/** A whole number of 128 bits. */
export const u128 = bigUint(128);
/** Microseconds since the Unix epoch. */
export const timestamp = bigUint(64, { description: 'Microseconds since 1970.' });
/** A length of time. */
export const microseconds = bigUint(64, { description: 'Microseconds.' });
/** Any number. */
export const float = v.number();
/** True or false. */
export const flag = v.boolean();

/** A text whose bytes in UTF-8 the command counts. */
export function text(description: string, example?: string): Schema<string, string> {
  return shown(v.string('must be a text'), textJson(description, example));
}

function textJson(description: string, example: string | undefined): JsonSchema {
  return { type: 'string', description, ...(example && { examples: [example] }) };
}

/** A text that commands carry behind a length of one byte; what else it must be, they say. */
export function shortText(description: string, example?: string): Schema<string, string> {
  const json = { ...textJson(description, example), maxLength: nameBytesMax };
  return shown(v.pipe(v.string('must be a text'), shortEnough), json);
}

/** A number of bytes with the largest unit that shows it exactly. */
export const size = shown(v.string(), {
  type: 'string',
  pattern: '^\\d+(\\.\\d{1,3})? ([KMGTPE]i?)?B$',
  examples: ['1.5 KiB'],
  description: 'Bytes with the largest unit that shows them exactly with three decimals.',
});

/** Bytes in standard base64 with padding. */
export const base64 = shown(
  v.pipe(
    v.string('must be a text'),
    v.rawTransform<string, Buffer>(({ dataset, addIssue, NEVER }) => {
      const bytes = decodeBase64(dataset.value);
      if (bytes !== undefined) return bytes;
      addIssue({ message: 'must be base64 with padding' });
      return NEVER;
    }),
  ),
  { type: 'string', contentEncoding: 'base64', description: 'Bytes in base64.' },
);

/** Node.js skips what is no base64, so the bytes are fewer than the characters stand for. */
export function decodeBase64(text: string): Buffer | undefined {
  const padding = text.endsWith('==') ? 2 : Number(text.endsWith('='));
  const bytes = Buffer.from(text, 'base64');
  const isWhole = text.length % 4 === 0 && bytes.byteLength === (text.length / 4) * 3 - padding;
  return isWhole ? bytes : undefined;
}

/** One of several words, in any case. */
export function word<const Words extends readonly [string, ...string[]]>(
  words: Words,
): Schema<string, Words[number]> {
  const schema = v.pipe(
    v.string('must be a text'),
    v.transform((value) => words.find((one) => one.toLowerCase() === value.toLowerCase())),
    v.picklist(words, `must be one of ${words.join(', ')}`),
  );
  return shown(schema as Schema<string, Words[number]>, { type: 'string', enum: words });
}

// ── In paths and queries everything is a text ───────────────────────────────────────────────────

/** A number of 32 bits in a path or a query. */
export const u32Text = shown(
  v.pipe(
    v.string(),
    v.regex(/^\d{1,10}$/, `must be a whole number from 0 to ${U32_MAX}`),
    v.transform(Number),
    v.maxValue(U32_MAX, `must be at most ${U32_MAX}`),
  ),
  { type: 'integer', minimum: 0, maximum: U32_MAX },
);

/** A number of 64 bits in a path or a query. */
export const u64Text = shown(
  v.pipe(
    v.string(),
    v.regex(/^\d{1,20}$/, 'must be a whole number of 64 bits'),
    v.transform((value) => BigInt(value)),
    v.maxValue(2n ** 64n - 1n, 'must be a whole number of 64 bits'),
  ),
  { type: 'integer', format: 'uint64', minimum: 0, maximum: 2n ** 64n - 1n },
);

/** True or false in a path or a query. */
export const flagText = shown(
  v.pipe(
    v.string(),
    v.picklist(['true', 'false'], 'must be true or false'),
    v.transform((value) => value === 'true'),
  ),
  { type: 'boolean' },
);

/** A stream, topic, group, user or consumer: a number of 32 bits, else a name. */
export function identifier(what: string): Schema<string, string | number> {
  const schema = v.pipe(
    v.string(),
    v.nonEmpty('must not be empty'),
    shortEnough,
    v.transform(numberOrName),
  );
  return shown(schema, {
    type: 'string',
    minLength: 1,
    maxLength: nameBytesMax,
    description: `Number or name of the ${what}; digits are a number.`,
  });
}

/** The same in a body, where a number may be one. */
export function identifierOrNumber(what: string): Schema<string | number, string | number> {
  const schema = v.pipe(
    v.union([u32, v.string()], 'must be a number of 32 bits or a name'),
    v.check((value) => value !== '', 'must not be empty'),
    v.check((value) => Buffer.byteLength(String(value)) <= nameBytesMax, TOO_LONG),
    v.transform((value) => (typeof value === 'string' ? numberOrName(value) : value)),
  );
  return shown(schema, {
    type: ['integer', 'string'],
    minimum: 0,
    minLength: 1,
    maxLength: nameBytesMax,
    description: `Number or name of the ${what}.`,
  });
}

function numberOrName(value: string): string | number {
  return /^\d{1,10}$/.test(value) && Number(value) <= U32_MAX ? Number(value) : value;
}
