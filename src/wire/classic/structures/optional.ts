import type { Reader } from '../../reader.ts';
import type { Writer } from '../../writer.ts';

/** The two response halves of a command that answers a missing resource with an empty payload. */
export function optionalResponse<Value>(
  write: (writer: Writer, value: Value) => void,
  read: (reader: Reader) => Value,
): {
  writeResponse(writer: Writer, value: Value | null): void;
  readResponse(reader: Reader): Value | null;
} {
  return {
    writeResponse: (writer, value) => {
      if (value !== null) write(writer, value);
    },
    readResponse: (reader) => (reader.remaining === 0 ? null : read(reader)),
  };
}
