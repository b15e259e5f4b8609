import type { Reader } from '../reader.ts';
import { status } from '../status.ts';
import { WireError } from '../wire-error.ts';
import type { Writer } from '../writer.ts';

/** A stream, topic, group, user or consumer: by number (u32) or by name (1..255 bytes of UTF-8). */
export type Identifier = number | string;

const NUMERIC = 1;
const STRING = 2;
const NUMERIC_BYTES = 4;

/** Reads an identifier: kind u8, length u8, value (protocol section 3.1). */
export function readIdentifier(reader: Reader, field: string): Identifier {
  const kind = reader.u8(field);
  const length = reader.u8(field);
  if (kind === NUMERIC) {
    if (length !== NUMERIC_BYTES) {
      throw new WireError(status.InvalidFormat, `${field} is numeric with ${length} bytes, not 4`);
    }
    return reader.u32(field);
  }
  if (kind !== STRING) throw new WireError(status.InvalidCommand, `${field} has kind ${kind}`);
  if (length === 0) throw new WireError(status.InvalidFormat, `${field} is empty`);
  return reader.name(length, field);
}

/** Status 6 (InvalidIdentifier) for a number outside 32 bits, 4 for a bad length of a name. */
export function writeIdentifier(writer: Writer, value: Identifier, field: string): void {
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
      throw new WireError(
        status.InvalidIdentifier,
        `${field} is ${value}, not a number of 32 bits`,
      );
    }
    writer.u8(NUMERIC).u8(NUMERIC_BYTES).u32(value);
  } else {
    writer.u8(STRING).name8(value, field);
  }
}
